import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

import { policy, sensor_behind } from "./dev_server.js";

export default defineConfig({
  plugins: [svelte(), sensor_behind(process.env.VEDETTE_SOCKET ?? "/run/vedette/api.sock")],
  build: {
    target: "es2022",
    // The content security policy allows no data: addresses and no inline code.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    reportCompressedSize: false,
  },
  preview: { headers: { "Content-Security-Policy": policy } },
});
