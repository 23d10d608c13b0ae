/* The rule of a segment as nested groups with words. The textarea stays the truth: every change is written into it,
   and without script it is what one edits. */
import {mark, problem, recount} from './counting.js';
import {draw} from './drawing.js';
import {builder, refusedAt, root, text} from './state.js';
import {canStep, remember, step} from './steps.js';
import {fromRule, toRule} from './tree.js';

let counted = null;

builder.changed = (how) => {
    const rule = toRule(builder.tree);
    const written = JSON.stringify(rule);
    text.value = JSON.stringify(rule, null, 2);
    remember(written, how);
    showSteps();
    if (written === counted) return;
    counted = written;
    recount();
};
builder.redraw = () => {
    root.replaceChildren(draw(builder.tree, null, []));
    builder.changed();
};

/* ── Undo and redo ──────────────────────────────────────────────────────────────────────────────────────────── */

const buttons = new Map([[-1, document.querySelector('[data-undo]')], [1, document.querySelector('[data-redo]')]]);
const showSteps = () => buttons.forEach((button, by) => { button.disabled = !canStep(by); });
const go = (by) => {
    const written = step(by);
    if (written === null) return;
    builder.tree = fromRule(JSON.parse(written));
    builder.redraw();
    buttons.get(by).focus();
};
buttons.forEach((button, by) => button.addEventListener('click', () => go(by)));
root.addEventListener('keydown', (event) => {
    /* In a field the browser's own undo is what is meant. */
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'z' || event.target.matches('input')) return;
    event.preventDefault();
    go(event.shiftKey ? 1 : -1);
});

/* ── Begin: the textarea's rule becomes the tree; one that the builder cannot show stays a text ─────────────── */

const treeOf = (written) => {
    try {
        const node = fromRule(JSON.parse(written));
        return node && node.part ? {word: 'all', not: false, members: [node]} : node;
    } catch {
        return null;
    }
};
const begin = () => {
    const tree = treeOf(text.value);
    if (!tree) return;
    builder.tree = tree;
    root.hidden = false;
    document.querySelector('[data-steps]').hidden = false;
    document.querySelector('[data-rule-text]').open = false;
    const refused = problem.hidden ? null : problem.textContent;
    builder.redraw();
    if (refused) {
        problem.hidden = false;
        problem.textContent = refused;
        mark(refusedAt);
    }
};
text.addEventListener('change', () => { counted = null; begin(); });
begin();
