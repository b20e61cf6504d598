// A counterexample may be made smaller for hours. The first one found in a minute will do.

import fc from 'fast-check';

fc.configureGlobal({ interruptAfterTimeLimit: 60_000 });
