'use strict';
/* The campaign editor: the column at the right follows what is typed, and buttons that change the shape of the content
   replace that part alone. Without script the form works: such a button then brings the whole page back as typed, and
   the preview is that of the last answer. */
{
    const form = document.getElementById('campaign-form');
    const place = document.getElementById('draft-preview-place');
    const TYPING_PAUSE = 500;
    let asked = 0;
    let timer = 0;
    let lastField = null;
    let dark = false;

    const content = () => document.getElementById('content-place');
    const shown = () => form.elements.shown.value;
    const cells = () => [...content().querySelectorAll('[data-cell]')];

    const showCell = (name) => {
        const names = cells().map((cell) => cell.dataset.cell);
        const chosen = names.includes(name) ? name : names[0] || '';
        form.elements.shown.value = chosen;
        cells().forEach((cell) => { cell.hidden = cell.dataset.cell !== chosen; });
        content().querySelectorAll('[data-cell-tab]').forEach((tab) => {
            const current = tab.dataset.cellTab === chosen;
            tab.setAttribute('aria-selected', String(current));
            tab.tabIndex = current ? 0 : -1;
        });
        lastField = content().querySelector(`[data-cell="${CSS.escape(chosen)}"] textarea[data-takes-fields], [data-cell="${CSS.escape(chosen)}"] [data-takes-fields]`);
    };

    const showProblems = () => {
        form.querySelectorAll('[data-problems-of]').forEach((box) => box.replaceChildren());
        const faulty = new Set();
        place.querySelectorAll('[data-problems] li').forEach((problem) => {
            const name = problem.dataset.field;
            const box = form.querySelector(`[data-problems-of="${CSS.escape(name)}"]`);
            const field = form.elements[name];
            // A field nobody has filled yet is not wrong, only missing; that stands under "Check".
            if (!box || (field && 'value' in field && !field.value)) return;
            const line = document.createElement('p');
            line.className = 'error';
            line.textContent = problem.textContent;
            box.append(line);
            faulty.add(name.split('-')[0]);
        });
        content().querySelectorAll('[data-cell-tab]').forEach((tab) => {
            tab.classList.toggle('has-error', faulty.has(tab.dataset.cellTab));
        });
    };

    const showCheck = () => {
        const missing = place.querySelector('[data-missing]');
        const label = place.querySelector('[data-review-label]');
        if (missing) form.querySelector('[data-missing-here]').innerHTML = missing.innerHTML;
        const hint = place.querySelector('[data-effect-hint]');
        if (hint) form.querySelector('[data-effect-hint-here]').innerHTML = hint.innerHTML;
        if (label) form.querySelector('[data-review-button] span').textContent = label.textContent;
    };

    const showMeter = () => {
        const measured = place.querySelector('[data-meter-place]');
        if (!measured || !measured.querySelector('.meter-bar')) return;
        const box = content().querySelector(`[data-meter-of="${CSS.escape(measured.dataset.meterPlace)}"]`);
        const line = measured.querySelector('.meter-line');
        if (!box) return;
        box.textContent = line.textContent;
        box.className = line.className;
    };

    const showScheme = () => {
        const drawn = place.querySelector('.drawn');
        const button = place.querySelector('[data-darkens]');
        if (drawn) drawn.className = `drawn ${dark ? 'scheme-dark' : 'scheme-light'}`;
        if (button) button.setAttribute('aria-pressed', String(dark));
    };

    // Null where there is no answer: what was typed stays. Led elsewhere, the log-in has ended; saving asks for it.
    const ask = async (address, act) => {
        const typed = new FormData(form);
        if (act) typed.set('_act', act);
        const answer = await fetch(address, {
            method: 'POST', body: typed, headers: {'X-Requested-With': 'fetch'},
        }).catch(() => null);
        return answer && answer.ok && !answer.redirected ? answer.text() : null;
    };

    const refresh = async () => {
        const number = ++asked;
        place.classList.add('is-waiting');
        const answer = await ask(form.dataset.preview);
        // An older answer never overwrites a newer one.
        if (number !== asked) return;
        place.classList.remove('is-waiting');
        if (answer === null) return;
        place.innerHTML = answer;
        showScheme();
        showProblems();
        showCheck();
        showMeter();
    };

    const reshape = async (act, back) => {
        const answer = await ask(window.location.href, act);
        if (answer === null) return;
        const page = new DOMParser().parseFromString(answer, 'text/html');
        content().replaceWith(page.getElementById('content-place'));
        showCell(shown());
        const again = back && document.getElementById(back);
        const first = content().querySelector('[data-cell]:not([hidden]) :is(input, textarea, select):not([type=hidden])');
        if (again || first) (again || first).focus();
        refresh();
    };

    const soon = () => {
        clearTimeout(timer);
        timer = setTimeout(refresh, TYPING_PAUSE);
    };

    const showPurpose = () => {
        const chosen = form.querySelector('[name=purpose]:checked');
        form.querySelectorAll('[data-only-for]').forEach((part) => {
            part.hidden = !chosen || part.dataset.onlyFor !== chosen.value;
        });
    };

    const insert = (words) => {
        if (!lastField) return;
        const start = lastField.selectionStart ?? lastField.value.length;
        const before = lastField.value.slice(0, start);
        // A filter belongs inside the braces of the field that stands before it.
        if (words.startsWith(' |') && before.endsWith('}}')) {
            lastField.setRangeText(`${words} }}`, before.slice(0, -2).trimEnd().length, start, 'end');
        } else {
            lastField.setRangeText(words, start, lastField.selectionEnd ?? start, 'end');
        }
        lastField.focus();
        soon();
    };

    const offerTemplates = () => {
        const tab = content().querySelector('[data-cell]:not([hidden])');
        const channel = tab ? tab.dataset.channel : '';
        const choices = [...document.querySelectorAll('#template-dialog [data-channel]')];
        choices.forEach((choice) => { choice.hidden = choice.dataset.channel !== channel; });
        document.querySelector('[data-no-template]').hidden = choices.some((choice) => !choice.hidden);
    };

    form.addEventListener('submit', (event) => {
        const button = event.submitter;
        if (!button || button.name !== '_act') return;
        event.preventDefault();
        const dialog = button.closest('dialog');
        if (dialog) dialog.close();
        reshape(button.value);
    });
    form.addEventListener('input', soon);
    form.addEventListener('change', (event) => {
        showPurpose();
        if (event.target.hasAttribute('data-reshapes')) reshape('show', event.target.id);
        else soon();
    });
    form.addEventListener('focusin', (event) => {
        if (event.target.hasAttribute('data-takes-fields')) lastField = event.target;
    });
    form.addEventListener('keydown', (event) => {
        const tab = event.target.closest('[data-cell-tab]');
        const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
        if (!tab || !step) return;
        const tabs = [...content().querySelectorAll('[data-cell-tab]')];
        const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
        event.preventDefault();
        showCell(next.dataset.cellTab);
        next.focus();
        refresh();
    });
    document.addEventListener('click', (event) => {
        const chip = event.target.closest('[data-inserts]');
        if (chip) insert(chip.dataset.inserts);
        const tab = event.target.closest('[data-cell-tab]');
        if (tab) {
            showCell(tab.dataset.cellTab);
            refresh();
        }
        const sample = event.target.closest('[data-sample]');
        if (sample) {
            form.elements.sample.value = sample.dataset.sample;
            refresh();
        }
        if (event.target.closest('[data-opens=template-dialog]')) offerTemplates();
        if (event.target.closest('[data-narrow]')) place.classList.toggle('is-narrow');
        if (event.target.closest('[data-darkens]')) {
            dark = !dark;
            showScheme();
        }
    });
    showPurpose();
    showCell(shown());
    showCheck();
    showMeter();
    showScheme();
}
