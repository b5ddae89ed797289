/** Programs at the start of a command line. */
const PROGRAMS = ["npm", "attache", "dist/attache", "bun", "docker", "buildah", "podman", ".ci/run", "kubectl", "systemctl"];

/**
 * Returns the command lines of a text: those of `sh` blocks without text after `#`, unless that is a command too, and those
 * in inline code or after the colon of a comment that start with a program's name and an argument.
 */
export function commandsIn(text: string, isProse: boolean): readonly string[] {
  const blocks = isProse ? [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = ""]) => block.trim().split("\n")) : [];
  const prose = isProse ? text.replace(/^```[\s\S]*?^```/gm, "") : commentsOf(text);
  const inline = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
  const comments = isProse ? [] : [...prose.matchAll(/: ((?:docker|npm) .*)$/gm)].map(([, command = ""]) => command);
  const typed = blocks.flatMap((line) => {
    const [command = "", ...said] = line.split(/ +# /);
    return [command, ...said.flatMap((each) => /\b(?:docker|buildah|npm|attache) .*$/.exec(each)?.[0].split(/[:;,] /)[0] ?? [])];
  });
  const isTyped = (each: string) =>
    PROGRAMS.some((program) => each === program || each.startsWith(`${program} `)) && !/^(dist\/)?attache( <|$)/.test(each);
  return [...new Set([...typed, ...[...inline, ...comments].filter(isTyped)].map((each) => each.trim()))];
}

/** The comments of a file in YAML, TypeScript or a Dockerfile that fill their lines. */
function commentsOf(text: string): string {
  return text
    .split("\n")
    .filter((line) => /^\s*(#|\/\/|\*|\/\*\*) /.test(line))
    .join("\n");
}
