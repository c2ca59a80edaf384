// The gateway before a sensor's socket, on a free port of the loopback.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";

import { nobody, until } from "./world.mjs";

async function free_port() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** {base, token}: where the pages are, and what the first start asks for. */
export async function start_gateway(world, web) {
  const state = path.join(world.folder, "gateway");
  const port = await free_port();
  const child = world.start(null, "gateway", path.join(world.bin, "vedette-gateway"), "--socket", world.socket, "--listen", `127.0.0.1:${port}`, "--state", state, "--web", web, "--user", nobody);
  const token_file = path.join(state, "setup-token");
  await until("the gateway's token", () => {
    if (child.exitCode !== null) throw new Error(`the gateway ended: ${world.log_of("gateway")}`);
    return existsSync(token_file);
  });
  return { base: `https://127.0.0.1:${port}`, token: readFileSync(token_file, "utf8").trim() };
}
