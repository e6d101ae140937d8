import { describeCrashesOf } from './cycle-suite.js';

describeCrashesOf('remove');
