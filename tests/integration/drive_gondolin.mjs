// One VM of Gondolin's, and steps for it: on stdin, JSON {mounts, list: [{do,
// ...}]}.  Prints a JSON list of what each came to; binary data is base64.
import fs from "node:fs";
import { RealFSProvider, VM } from "@earendil-works/gondolin";

const bytes = (text) => Buffer.from(text, "base64");

async function attempt(promise) {
	try {
		return { value: await promise };
	} catch (error) {
		return { error: String(error.message) };
	}
}

const steps = {
	async exec(vm, s) {
		const r = await vm.exec(s.argv, {
			cwd: s.cwd, env: s.env,
			stdin: s.stdin === undefined ? undefined : bytes(s.stdin),
		});
		return { code: r.exitCode, signal: r.signal ?? null,
			 out: r.stdoutBuffer.toString("base64"),
			 err: r.stderrBuffer.toString("base64") };
	},
	async together(vm, s) {
		return Promise.all(s.steps.map((one) => steps[one.do](vm, one)));
	},
	async terminal(vm, s) {
		const p = vm.exec(s.argv, { stdin: true, pty: true, stdout: "pipe" });
		let out = "";

		p.resize(s.rows, s.cols);
		p.write(bytes(s.input));
		for await (const piece of p)
			out += piece;
		return { code: (await p).exitCode, out };
	},
	write: (vm, s) => attempt(vm.fs.writeFile(s.path, bytes(s.data))),
	read: (vm, s) => attempt(vm.fs.readFile(s.path).then((b) => b.toString("base64"))),
	remove: (vm, s) => attempt(vm.fs.deleteFile(s.path, { recursive: true })),
	async connect(vm, s) {
		const stream = await vm.server.openTcpStream({ host: "127.0.0.1", port: s.port });
		let out = "";

		// Gondolin destroys it as soon as the guest has closed it: only
		// who listens to events has seen all by then
		stream.on("data", (piece) => { out += piece; });
		stream.write(bytes(s.data));
		await new Promise((done) => stream.once("close", done));
		return out;
	},
};

const { mounts, list } = JSON.parse(fs.readFileSync(0));
const vm = await VM.create({
	vfs: { mounts: Object.fromEntries(
		Object.entries(mounts).map(([to, from]) => [to, new RealFSProvider(from)])) },
	sandbox: { debug: ["protocol"] }, // with it, the guest's console
});
const results = [];

vm.setDebugLog((component, message) => console.error(component, message));
await vm.start();
try {
	for (const one of list)
		results.push(await steps[one.do](vm, one));
} finally {
	await vm.close();
}
process.stdout.write(JSON.stringify(results), () => process.exit(0));
