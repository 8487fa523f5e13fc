// law.mjs ENTRYPATCH FOLDER (VERSION JARS COMMAND)...: tries the table of options on each JVM.
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);
const unlock = ["-XX:+UnlockDiagnosticVMOptions", "-XX:+UnlockExperimentalVMOptions"];

// An option that a JVM refuses by itself says nothing of the agent, and is passed over there. FOLDER is one of the
// JVM's own, in which made.aot lies where it can make such a cache.
const options = `
-Xshare:on
-Xshare:auto
-Xshare:off
-Xint
-Xcomp
-Xverify:none
-Xverify:all
-Xrs
-Xcheck:jni
-Xnoclassgc
-Xmx64m -Xms16m
-Xss512k
-server
-ea -esa
-verbose:class
-Xlog:disable
-Xlog:all=off
-Xbootclasspath/a:FOLDER
--add-modules=java.instrument
--add-modules=ALL-SYSTEM
--limit-modules=java.base
--limit-modules java.base,java.logging
--add-opens=java.base/java.lang=ALL-UNNAMED
--illegal-access=deny
--illegal-access=permit
--enable-preview
--enable-native-access=ALL-UNNAMED
--finalization=disabled
--sun-misc-unsafe-memory-access=deny
--illegal-native-access=deny
-Djava.security.manager
-Djava.security.manager=allow
-Djava.security.manager=disallow
-Djdk.attach.allowAttachSelf=false
-Djava.awt.headless=true
-XX:AOTMode=record -XX:AOTConfiguration=FOLDER/proof.aotconf
-XX:AOTMode=auto
-XX:AOTMode=off
-XX:AOTMode=on -XX:AOTCache=FOLDER/made.aot
-XX:AOTCacheOutput=FOLDER/proof.aot
-XX:AOTCache=/nowhere.aot
-XX:ArchiveClassesAtExit=FOLDER/proof.jsa
-XX:SharedArchiveFile=/nowhere.jsa
-XX:+RecordDynamicDumpInfo
-XX:+AutoCreateSharedArchive -XX:SharedArchiveFile=FOLDER/proof-auto.jsa
-XX:DumpLoadedClassList=FOLDER/proof.classes
-XX:+UseAppCDS
-XX:+AllowArchivingWithJavaAgent
-XX:StartFlightRecording
-XX:+FlightRecorder
-XX:TieredStopAtLevel=1
-XX:MaxRAMPercentage=50
-XX:MaxMetaspaceSize=64m
-XX:ReservedCodeCacheSize=16m
-XX:+UseSerialGC
-XX:+UseParallelGC
-XX:+UseG1GC
-XX:+UseZGC
-XX:+UseShenandoahGC
-XX:+UseEpsilonGC
-XX:+UseConcMarkSweepGC
-XX:+UseStringDeduplication
-XX:+UseCompactObjectHeaders
-XX:-UseCompressedOops
-XX:-UseCompressedClassPointers
-XX:+DisableAttachMechanism
-XX:-UsePerfData
-XX:+ExitOnOutOfMemoryError
-XX:+PerfDisableSharedMem
-XX:-EnableDynamicAgentLoading
-XX:+EnableDynamicAgentLoading
-XX:+AllowRedefinitionToAddDeleteMethods
-XX:-StackTraceInThrowable
-XX:+IgnoreUnrecognizedVMOptions -XX:+NoSuchOption
-XX:Flags=/nowhere
`.trim().split("\n").map((line) => line.split(" "));

const [entrypatch, work, ...rest] = process.argv.slice(2);
const jvms = [];
for (let at = 0; at + 2 < rest.length; at += 3) {
  const [version, jars, command] = rest.slice(at, at + 3);
  if (!jvms.some((jvm) => jvm.version === version)) jvms.push({ version, jars, command });
}
if (jvms.length === 0) throw new Error("there is no JVM");

// What entrypatch says of each option on each JVM.
const folder = `${work}/options`;
const path = (jvm, at) => `${jvm.version}/${at}/Dockerfile`;
for (const jvm of jvms) {
  options.forEach((option, at) => {
    const own = option.map((word) => word.replace("FOLDER", jvm.jars));
    const words = ["java", ...unlock, ...own, "-jar", "proof.jar"];
    mkdirSync(`${folder}/${jvm.version}/${at}`, { recursive: true });
    const text = `FROM eclipse-temurin:${jvm.version}-jre\nENTRYPOINT ${JSON.stringify(words)}\n`;
    writeFileSync(`${folder}/${path(jvm, at)}`, text);
  });
}
const report = JSON.parse(
  execFileSync(entrypatch, ["check", "--format", "json", "--exit-zero", "--service", "x", "."], {
    cwd: folder,
    maxBuffer: 1 << 28,
  }),
);
const launches = new Map(report.files.map((file) => [file.path, file.launches[0]]));

// Starts the application; gives what went wrong.
const starts = async (jvm, words) => {
  const jar = `${jvm.jars}/proof.jar`;
  const inPlace = (word) =>
    word.startsWith("-javaagent:") ? `-javaagent:${jar}` : word === "proof.jar" ? jar : word;
  const command = ["-c", `exec ${jvm.command} "$@"`, "sh", ...words.map(inPlace)];
  try {
    const { stdout } = await run("sh", command, { timeout: 60_000, maxBuffer: 1 << 26 });
    return stdout.includes("started") ? "" : "it does not start";
  } catch (error) {
    const said = `${error.stdout ?? ""}${error.stderr ?? ""}`.trim().split("\n");
    return said.slice(-3).join(" | ") || error.message;
  }
};

let passed = 0, passedOver = 0, refused = 0;
const failures = [];
const attempt = async (jvm, at) => {
  const launch = launches.get(path(jvm, at));
  const name = `Java ${jvm.version}: ${options[at].join(" ")}`;
  if (!launch) return failures.push(`${name}: it is not in the report`);
  // With the agent first: a start may leave an archive behind.
  const accepted = launch.verdict === "patchable";
  const words = accepted ? launch.patched_argv : ["java", "-javaagent:", ...launch.argv.slice(1)];
  const problem = await starts(jvm, words.slice(1));
  if ((await starts(jvm, launch.argv.slice(1))) !== "") return void passedOver++;
  if (accepted && problem !== "") return failures.push(`${name}: accepted, and it stops: ${problem}`);
  if (!accepted && problem === "") return failures.push(`${name}: refused (${launch.reason}), and it starts`);
  passed++;
  refused += accepted ? 0 : 1;
};
for (const jvm of jvms) await starts(jvm, [`-XX:AOTCacheOutput=${jvm.jars}/made.aot`, "-jar", "proof.jar"]);
const left = jvms.flatMap((jvm) => options.map((_, at) => [jvm, at]));
const worker = async () => {
  for (let one = left.shift(); one; one = left.shift()) await attempt(...one);
};
await Promise.all([worker(), worker()]);
for (const failure of failures) console.log(`FAIL ${failure}`);
const versions = jvms.map((jvm) => jvm.version).join(", ");
console.log(`options: ${passed} passed (${refused} of them refused), ${failures.length} failed, on Java ${versions}; ${passedOver} pairs that the JVM refuses by itself`);
process.exit(failures.length ? 1 : 0);
