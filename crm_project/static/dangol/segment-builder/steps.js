/* Undo and redo: the rule as it stood after each change. */
const TYPING = 700; /* ms within which typing counts as one change */
const MOST = 100;

let stood = [];
let at = -1;
let typedAt = 0;

export const remember = (written, {typing = false} = {}) => {
    if (stood[at] === written) return;
    stood.length = at + 1;
    const isOneChange = typing && at > 0 && Date.now() - typedAt < TYPING;
    if (isOneChange) stood[at] = written;
    else stood.push(written);
    stood = stood.slice(-MOST);
    at = stood.length - 1;
    typedAt = typing ? Date.now() : 0;
};
export const step = (by) => {
    if (!stood[at + by]) return null;
    at += by;
    typedAt = 0;
    return stood[at];
};
export const canStep = (by) => Boolean(stood[at + by]);
