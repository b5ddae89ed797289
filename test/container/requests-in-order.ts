/** A client that requests /0, /1, … in order, and prints the number of responses. */
const count = Number(process.argv[2]);
let answered = 0;
for (let index = 0; index < count; index++) answered += (await fetch(`http://127.0.0.1:10000/${index}`)).ok ? 1 : 0;
console.log(answered);

export {};
