import { defineConfig } from 'vite'

/** The headless command line: one self-contained file that plain Node 20 runs. */
export default defineConfig({
  build: {
    ssr: 'src/cli/main.ts',
    outDir: 'dist-cli',
    target: 'node20',
    minify: false,
    copyPublicDir: false,
    reportCompressedSize: false,
    rolldownOptions: { output: { entryFileNames: 'clusterlab.mjs' } },
  },
  ssr: { noExternal: true },
})
