// A Drydock of the tests' own: the real binary on a free port, with its own data folder and instance name, beside
// whatever else runs on this machine.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The binary under test: the one that is shipped. */
const binary = process.env.DRYDOCK_BIN ?? join(root, "target/release/drydock");

/** From starting the process to its saying that it is ready. */
const START_DEADLINE_MS = 60_000;

/** Where `drydock images build` has left the classroom images: making them for each run would take minutes. */
function classroomImages(): string {
  const ofUser = homedir() === "/root" ? "/var/lib/drydock" : join(homedir(), ".local/share/drydock");
  return join(process.env.DRYDOCK_DATA_DIR ?? ofUser, "images");
}

/** A running Drydock. */
export class Drydock {
  readonly #folder = mkdtempSync(join(tmpdir(), "drydock-browser-"));
  readonly #log = join(this.#folder, "serve.log");
  readonly #instance: string;
  #address = "127.0.0.1:0";
  #process: ChildProcess | undefined;
  readonly #settings: Record<string, string>;
  readonly #command: string[];

  private constructor(worker: number, settings: Record<string, string>, command: string[]) {
    this.#settings = settings;
    this.#command = command;
    this.#instance = `b${process.pid}-${worker}`;
    symlinkSync(classroomImages(), join(this.#folder, "images"));
    // Slots are user ids on the host: another Drydock on this machine counts from the other end.
    const last = 200 - 8 * worker;
    writeFileSync(
      join(this.#folder, "drydock.toml"),
      [
        `data_dir = "${this.#folder}"`,
        "[sandbox]",
        `instance = "${this.#instance}"`,
        `slots = [${last - 7}, ${last}]`,
        "capacity = 4",
        "pool = 1",
        "",
      ].join("\n"),
    );
  }

  /** Starts one, with further settings as environment variables, and waits until it says that it is ready. */
  static async start(worker: number, settings: Record<string, string> = {}, command = ["serve"]): Promise<Drydock> {
    const drydock = new Drydock(worker, settings, command);
    try {
      await drydock.restart();
    } catch (error) {
      drydock.stop();
      throw error;
    }
    return drydock;
  }

  /** `http://127.0.0.1:port` */
  get url(): string {
    return `http://${this.#address}`;
  }

  /** What the server has logged so far. */
  get said(): string {
    return existsSync(this.#log) ? readFileSync(this.#log, "utf8") : "";
  }

  /** Kills the server as a crash would. What it made stays. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (!process) return;
    const ended = new Promise((done) => process.once("exit", done));
    process.kill("SIGKILL");
    await ended;
  }

  /** Starts the server, the second time on the same address and with the same data. */
  async restart(): Promise<void> {
    const log = openSync(this.#log, "a");
    const child = spawn(binary, ["--config", "drydock.toml", ...this.#command], {
      cwd: this.#folder,
      env: { ...process.env, ...this.#settings, DRYDOCK_LISTEN: this.#address },
      stdio: ["ignore", "pipe", log],
    });
    this.#process = child;
    this.#address = await this.#ready(child);
  }

  /** Stops the server, and removes all that it made. */
  stop(): void {
    this.#process?.kill("SIGKILL");
    this.#process = undefined;
    const purge = spawnSync(binary, ["--config", "drydock.toml", "purge"], {
      cwd: this.#folder,
      encoding: "utf8",
    });
    if (purge.status !== 0) console.error(`What ${this.#instance} made could not be removed:\n${purge.stderr}`);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #ready(child: ChildProcess): Promise<string> {
    return new Promise((ready, failed) => {
      const fail = (why: string) => failed(new Error(`${binary} ${why}\n${this.said}`));
      const deadline = setTimeout(() => fail("did not get ready in time:"), START_DEADLINE_MS);
      child.once("error", (error) => fail(`cannot be started (build it with 'cargo xtask build'): ${error.message}`));
      child.once("exit", (code) => fail(`ended with ${code}:`));
      if (!child.stdout) return fail("has no output");
      createInterface(child.stdout).on("line", (line) => {
        // Its log is there too.
        appendFileSync(this.#log, `${line}\n`);
        const address = /^Drydock is ready: http:\/\/(.+)$/.exec(line)?.[1];
        if (!address) return;
        clearTimeout(deadline);
        child.removeAllListeners("exit");
        ready(address);
      });
    });
  }
}
