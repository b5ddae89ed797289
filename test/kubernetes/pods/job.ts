// A batch job: sends `ATTEMPTS` requests through its proxy, without retries, and exits with `STATUS`,
// or with 1 if a response is not 200.
const { ATTEMPTS = "20", STATUS = "0" } = process.env;
let answered = 0;
for (let turn = 0; turn < Number(ATTEMPTS); turn++) {
  const { status } = await fetch("http://127.0.0.1:8080/").catch(() => ({ status: 0 }));
  if (status === 200) answered++;
}
console.log(`answered: ${answered} of ${ATTEMPTS}`);
process.exit(answered === Number(ATTEMPTS) ? Number(STATUS) : 1);

// A module, for the top-level await.
export {};
