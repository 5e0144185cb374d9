import { blackbox } from 'blackbox-ts/vite';
import { defineConfig } from 'vite';

export default defineConfig({ plugins: [blackbox({ public: ['api.url'] })] });
