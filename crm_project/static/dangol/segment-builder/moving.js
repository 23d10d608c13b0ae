/* Move a condition or a group: pull it by its handle with a mouse or a finger, or press the arrow keys on the handle. */
import {icon, make} from './elements.js';
import {builder, root, words} from './state.js';
import {parentOf} from './tree.js';

const BEGINS_AFTER = 4; /* pixels, so that a press is not yet a pull */
const MARKS = ['is-target-before', 'is-target-after', 'is-target-inside'];

const focusHandle = (node) => node.row.querySelector('.rule-handle').focus();
const holds = (node, other) => node === other || Boolean(node.members && node.members.some((member) => holds(member, other)));

/* Put a node into a group, before the member at `index` as the group stands now. */
const put = (node, group, index) => {
    const from = parentOf(node, builder.tree);
    const at = from.members.indexOf(node);
    from.members.splice(at, 1);
    group.members.splice(from === group && at < index ? index - 1 : index, 0, node);
    builder.redraw();
    focusHandle(node);
};

/* ── By keyboard: up and down among its neighbours and out at the ends, right into the group above, left out ── */

const outOf = (group, node, isAfter) => {
    const above = parentOf(group, builder.tree);
    if (above) put(node, above, above.members.indexOf(group) + (isAfter ? 1 : 0));
};
const byKey = {
    ArrowUp: (node, group, at) => (at > 0 ? put(node, group, at - 1) : outOf(group, node, false)),
    ArrowDown: (node, group, at) => (at < group.members.length - 1 ? put(node, group, at + 2) : outOf(group, node, true)),
    ArrowLeft: (node, group) => outOf(group, node, true),
    ArrowRight: (node, group, at) => {
        const above = group.members[at - 1];
        if (!above || !above.members) return;
        above.isFolded = false;
        put(node, above, above.members.length);
    },
};

/* ── By pointer ─────────────────────────────────────────────────────────────────────────────────────────────── */

const nodeAt = (row, node = builder.tree) => {
    if (node.row === row) return node;
    return (node.members || []).map((member) => nodeAt(row, member)).find(Boolean) || null;
};
const unmark = () => root.querySelectorAll(MARKS.map((mark) => `.${mark}`).join()).forEach((row) => row.classList.remove(...MARKS));

/* Where a node would go if it were let go at a point: {row, mark, group, index}, or null where it cannot. */
const targetAt = (node, x, y) => {
    const under = document.elementFromPoint(x, y);
    const row = under && root.contains(under) ? under.closest('.rule-condition, .rule-group') : null;
    const other = row && nodeAt(row);
    if (!other || holds(node, other)) return null;
    if (other.members && (other === builder.tree || under.closest('.rule-adds, .rule-empty, .rule-summary'))) {
        return {row, mark: 'is-target-inside', group: other, index: other.members.length};
    }
    const group = parentOf(other, builder.tree);
    const box = row.getBoundingClientRect();
    const isAfter = y > box.top + box.height / 2;
    return {row, mark: isAfter ? 'is-target-after' : 'is-target-before', group, index: group.members.indexOf(other) + (isAfter ? 1 : 0)};
};
const pull = (node, button, pressed) => {
    let target = null;
    let isPulled = false;
    const moved = (event) => {
        if (!isPulled && Math.hypot(event.clientX - pressed.clientX, event.clientY - pressed.clientY) < BEGINS_AFTER) return;
        isPulled = true;
        node.row.classList.add('is-pulled');
        unmark();
        target = targetAt(node, event.clientX, event.clientY);
        if (target) target.row.classList.add(target.mark);
    };
    const end = () => {
        for (const [kind, handler] of Object.entries(handlers)) button.removeEventListener(kind, handler);
        node.row.classList.remove('is-pulled');
        unmark();
    };
    const let_go = () => {
        const chosen = target;
        end();
        if (isPulled && chosen) put(node, chosen.group, chosen.index);
    };
    const handlers = {pointermove: moved, pointerup: let_go, pointercancel: end};
    button.setPointerCapture(pressed.pointerId);
    for (const [kind, handler] of Object.entries(handlers)) button.addEventListener(kind, handler);
};

export const handle = (node) => {
    const button = make('button', {
        type: 'button', class: 'rule-handle', title: words.move, 'aria-label': words.move,
        on: {
            pointerdown: (event) => { if (event.button === 0) pull(node, button, event); },
            keydown: (event) => {
                const act = byKey[event.key];
                if (!act) return;
                event.preventDefault();
                const group = parentOf(node, builder.tree);
                act(node, group, group.members.indexOf(node));
            },
        },
    }, icon('grip-vertical'));
    return button;
};
