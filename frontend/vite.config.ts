import { defineConfig } from "vite";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../src/marginline/web/static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // a data: address is not a file that can be cached, nor one the policy allows
    modulePreload: { polyfill: false }, // would be an inline script
    reportCompressedSize: false,
  },
});
