// Loaded before Gondolin, for the same VM on every machine.
import child_process from "node:child_process";
import fs from "node:fs";

const access = fs.accessSync;
const spawn = child_process.spawn;

// it takes KVM where /dev/kvm can be opened, which says little about whether
// it works
fs.accessSync = (path, ...rest) => {
	if (path === "/dev/kvm")
		throw new Error("not in tests");
	return access(path, ...rest);
};

// one processor: with two, QEMU 7.2's emulator lets one of them see a half
// patched instruction about once in a hundred starts ("Oops: int3"), and the
// kernel panics
child_process.spawn = (file, words, ...rest) => {
	const smp = /qemu-system/.test(file) ? words.indexOf("-smp") : -1;

	if (smp >= 0)
		words = words.with(smp + 1, "1");
	return spawn(file, words, ...rest);
};
