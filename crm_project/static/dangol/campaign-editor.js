'use strict';
/* The campaign editor: the column at the right follows what is typed. Without script the form works; the preview is
   then that of the last save. */
{
    const form = document.getElementById('campaign-form');
    const place = document.getElementById('draft-preview-place');
    const TYPING_PAUSE = 500;
    let asked = 0;
    let timer = 0;
    let lastField = form.elements.html;

    const showProblems = () => {
        form.querySelectorAll('[data-problems-of]').forEach((box) => box.replaceChildren());
        place.querySelectorAll('[data-problems] li').forEach((problem) => {
            const box = form.querySelector(`[data-problems-of="${CSS.escape(problem.dataset.field)}"]`);
            const field = form.elements[problem.dataset.field];
            // A field nobody has filled yet is not wrong, only missing; that stands under "Check".
            if (!box || (field && 'value' in field && !field.value)) return;
            const line = document.createElement('p');
            line.className = 'error';
            line.textContent = problem.textContent;
            box.append(line);
        });
    };

    const showCheck = () => {
        const missing = place.querySelector('[data-missing]');
        const label = place.querySelector('[data-review-label]');
        if (missing) form.querySelector('[data-missing-here]').innerHTML = missing.innerHTML;
        if (label) form.querySelector('[data-review-button] span').textContent = label.textContent;
    };

    const refresh = async () => {
        const number = ++asked;
        place.classList.add('is-waiting');
        const answer = await fetch(form.dataset.preview, {
            method: 'POST', body: new FormData(form), headers: {'X-Requested-With': 'fetch'},
        }).catch(() => null);
        // An older answer never overwrites a newer one.
        if (number !== asked) return;
        place.classList.remove('is-waiting');
        if (!answer || !answer.ok) return;
        const narrow = place.classList.contains('is-narrow');
        place.innerHTML = await answer.text();
        place.classList.toggle('is-narrow', narrow);
        showProblems();
        showCheck();
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

    const insert = (name) => {
        const start = lastField.selectionStart ?? lastField.value.length;
        lastField.setRangeText(`{{ ${name} }}`, start, lastField.selectionEnd ?? start, 'end');
        lastField.focus();
        soon();
    };

    form.addEventListener('input', soon);
    form.addEventListener('change', () => { showPurpose(); soon(); });
    form.addEventListener('focusin', (event) => {
        if (['subject', 'preheader', 'html', 'text'].includes(event.target.name)) lastField = event.target;
    });
    document.addEventListener('click', (event) => {
        const chip = event.target.closest('[data-inserts]');
        if (chip) insert(chip.dataset.inserts);
        const sample = event.target.closest('[data-sample]');
        if (sample) {
            form.elements.sample.value = sample.dataset.sample;
            refresh();
        }
        if (event.target.closest('[data-narrow]')) place.classList.toggle('is-narrow');
    });
    showPurpose();
    showCheck();
}
