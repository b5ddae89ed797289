import { openLibc } from "../linux/ffi.ts";

function open() {
  return openLibc({
    __errno_location: { args: [], returns: "ptr" },
    close: { args: ["i32"], returns: "i32" },
    mount: { args: ["cstring", "cstring", "ptr", "u64", "ptr"], returns: "i32" },
    recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i32" },
    sendto: { args: ["i32", "ptr", "u64", "i32", "ptr", "u32"], returns: "i32" },
    socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    unshare: { args: ["i32"], returns: "i32" },
  });
}

let opened: ReturnType<typeof open> | undefined;

/** Returns the C functions that change network and mounts. @throws Error when the C library cannot be called */
export function trafficLibc(): ReturnType<typeof open> {
  opened ??= open();
  return opened;
}
