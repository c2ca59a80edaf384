// For `vite dev` and `vite preview` alone: a sensor's Unix socket behind the pages, without a gateway. Who runs
// it may ask the socket, so there is nobody to sign in; /auth answers as if somebody had.
import http from "node:http";

export const policy =
  "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

function forward(socketPath, request, response) {
  const upstream = http.request(
    { socketPath, path: request.url, method: request.method, headers: { ...request.headers, host: "localhost" } },
    (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    },
  );
  upstream.on("error", () => {
    if (!response.headersSent) response.writeHead(502, { "Content-Type": "application/problem+json" });
    response.end(JSON.stringify({ type: "about:blank", status: 502, title: "no sensor", detail: `nobody answers at ${socketPath}`, instance: request.url }));
  });
  response.on("close", () => upstream.destroy());
  request.pipe(upstream);
}

function answer_auth(request, response) {
  const known = request.url === "/auth/session" || request.url === "/auth/sign-in";
  response.writeHead(known ? 200 : 404, { "Content-Type": known ? "application/json" : "application/problem+json" });
  response.end(JSON.stringify(known ? { csrf: "none", expires_ns: 4e18 } : { type: "about:blank", status: 404, title: "no gateway", detail: "this server has no keys and no sessions", instance: request.url }));
}

export function sensor_behind(socketPath) {
  const use = (server) => {
    server.middlewares.use((request, response, next) => {
      if (request.url.startsWith("/v1/") || request.url === "/metrics") return forward(socketPath, request, response);
      if (request.url.startsWith("/auth/")) return answer_auth(request, response);
      next();
    });
  };
  return { name: "sensor-behind", configureServer: use, configurePreviewServer: use };
}
