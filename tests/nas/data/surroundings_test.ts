import assert from "node:assert/strict";
import { join } from "node:path";
import { hostSurroundings } from "../../../nas/data/surroundings.ts";
import { counting, failsWith, inTempDir } from "./make_idx.ts";

/** Serves `answer` on this machine while `body` runs. */
async function serving(
  answer: (path: string) => Response,
  body: (address: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    (request) => answer(new URL(request.url).pathname),
  );
  try {
    await body(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

/** Sets environment variables while `body` runs; undefined removes one. */
async function withEnv(
  values: Readonly<Record<string, string | undefined>>,
  body: () => Promise<void>,
): Promise<void> {
  const set = (name: string, value: string | undefined) =>
    value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  const before = Object.keys(values).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(values)) set(name, value);
  try {
    await body();
  } finally {
    for (const [name, value] of before) set(name, value);
  }
}

Deno.test("download() gives the bytes, or says what the server answered", () =>
  serving(
    (path) => path === "/good" ? new Response(counting(300)) : new Response("", { status: 404 }),
    async (address) => {
      const { download } = hostSurroundings();
      assert.deepEqual(await download(`${address}/good`), counting(300));
      await assert.rejects(download(`${address}/bad`), failsWith("Error", "404"));
    },
  ));

Deno.test("npmTarball() asks npm, and passes on why it refuses", () =>
  inTempDir(async (bin) => {
    // Stands in for npm: writes its arguments into the file that `npm pack` would make.
    const script = '#!/bin/sh\n[ "$2" = "no@1.0.0" ] && { echo "npm error 404" >&2; exit 1; }\n' +
      'printf "%s" "$1 $2" > "$5/some-1.2.3.tgz"\n';
    await Deno.writeTextFile(join(bin, "npm"), script, { mode: 0o755 });
    await withEnv({ PATH: `${bin}:${Deno.env.get("PATH")}` }, async () => {
      const { npmTarball } = hostSurroundings();
      const bytes = await npmTarball("some", "1.2.3");
      assert.equal(new TextDecoder().decode(bytes), "pack some@1.2.3");
      await assert.rejects(npmTarball("no", "1.0.0"), failsWith("Error", "npm error 404"));
    });
  }));

Deno.test("npmTarball() uses the registry that is configured where there is no npm", () =>
  inTempDir((empty) =>
    serving(
      (path) => new Response(path),
      async (address) => {
        const { npmTarball } = hostSurroundings();
        await withEnv({ PATH: empty, NPM_CONFIG_REGISTRY: `${address}/npm/` }, async () => {
          const bytes = await npmTarball("some", "1.2.3");
          assert.equal(new TextDecoder().decode(bytes), "/npm/some/-/some-1.2.3.tgz");
        });
        const unset = { NPM_CONFIG_REGISTRY: undefined, npm_config_registry: undefined };
        await withEnv({ PATH: empty, ...unset }, () =>
          assert.rejects(
            npmTarball("some", "1.2.3"),
            failsWith("Error", "npm is not installed and NPM_CONFIG_REGISTRY is not set"),
          ));
      },
    )
  ));
