import { loadSecretsSync } from 'blackbox-ts';

// On the server only: `node:` modules are not there in a browser, and a client component that imports this does not build.
export const secrets = loadSecretsSync();
