import { describeCrashesOf } from './cycle-suite.js';

describeCrashesOf('archive');
