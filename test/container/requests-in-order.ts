/** A neighbour that asks for /0, /1, … one after the other, and says how many were answered. */
const count = Number(process.argv[2]);
let answered = 0;
for (let index = 0; index < count; index++) answered += (await fetch(`http://127.0.0.1:10000/${index}`)).ok ? 1 : 0;
console.log(answered);

export {};
