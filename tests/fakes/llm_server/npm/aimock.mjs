// Serves what the first line of stdin scripts, a list of aimock's fixtures, on the loopback interface. Prints its address;
// at the end of stdin it prints what it was asked, as aimock understood it, and ends: also when nobody is left to close stdin.
// Usage: node aimock.mjs <folder with node_modules>
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { LLMock } = createRequire(process.argv[2] + "/")("@copilotkit/aimock");
const mock = new LLMock({ port: 0, host: "127.0.0.1", strict: true });
setTimeout(() => process.exit(1), 900_000); // whatever happens

const lines = createInterface({ input: process.stdin });
lines.once("line", async (line) => {
  mock.addFixturesFromJSON(line);
  await mock.start();
  console.log(mock.url);
});
lines.once("close", () => {
  const asked = mock.getRequests().map(({ path, body, response }) => ({ path, body, status: response.status }));
  process.stdout.write(JSON.stringify(asked) + "\n", () => process.exit(0));
});
