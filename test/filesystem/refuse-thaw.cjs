// Loaded into every process of a command (NODE_OPTIONS): in the one that freezes, every thaw fails with EIO.
const ffi = require('ffi-rs');

const FITHAW = 0xc0045878;
const EIO = 5;
const { load } = ffi;

if (process.argv[1]?.endsWith('freeze-worker.js')) {
  ffi.load = (call) => {
    const isThaw = call.funcName === 'ioctl' && Number(call.paramsValue[1]) === FITHAW;
    return isThaw ? { value: -1, errnoCode: EIO } : load(call);
  };
}
