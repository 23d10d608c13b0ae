'use strict';
/* The editor of coupons: the coupon at the right follows what is typed, only what its kind needs is shown, and lists are
   filled by finding. Without script every field is there, and the coupon is that of the last answer. */
{
    const form = document.getElementById('coupon-form');
    const place = document.getElementById('coupon-preview-place');
    const TYPING_PAUSE = 300;
    let asked = 0;
    let timer = 0;

    const showProblems = () => {
        form.querySelectorAll('[data-problems-of]').forEach((box) => box.replaceChildren());
        place.querySelectorAll('[data-problems] li').forEach((problem) => {
            const name = problem.dataset.field;
            const box = form.querySelector(`[data-problems-of="${CSS.escape(name)}"]`);
            const field = form.elements[name];
            // A field nobody has filled yet is not wrong, only missing; saving says so.
            if (!box || !field || !field.value) return;
            const line = document.createElement('p');
            line.className = 'error';
            line.textContent = problem.textContent;
            box.append(line);
        });
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
        place.innerHTML = await answer.text();
        showProblems();
    };

    const soon = () => {
        clearTimeout(timer);
        timer = setTimeout(refresh, TYPING_PAUSE);
    };

    const showOnly = (name) => {
        const chosen = form.elements[name].value;
        form.querySelectorAll(`[data-only-for-${name}]`).forEach((part) => {
            part.hidden = part.getAttribute(`data-only-for-${name}`) !== chosen;
        });
    };

    const arrange = () => ['kind', 'codes'].forEach(showOnly);

    const find = async (finder) => {
        const options = document.getElementById(`found-${finder.dataset.finds}`);
        const query = new URLSearchParams({of: finder.dataset.finds, q: finder.value});
        const answer = await fetch(`${form.dataset.choices}?${query}`).catch(() => null);
        if (!answer || !answer.ok) return;
        const found = (await answer.json()).choices;
        options.replaceChildren(...found.map(([value, label]) => {
            const option = document.createElement('option');
            option.value = value;
            option.label = label;
            return option;
        }));
    };

    const take = (finder) => {
        const options = document.getElementById(`found-${finder.dataset.finds}`);
        if (![...options.options].some((option) => option.value === finder.value)) return false;
        const list = form.elements[finder.dataset.finds];
        const lines = list.value.split('\n').filter(Boolean);
        list.value = [...new Set([...lines, finder.value])].join('\n');
        finder.value = '';
        refresh();
        return true;
    };

    form.addEventListener('input', (event) => {
        const finder = event.target.closest('[data-finds]');
        if (!finder) soon();
        else if (!take(finder) && finder.value) find(finder);
    });
    form.addEventListener('change', (event) => {
        if (event.target.closest('[data-finds]')) return;
        arrange();
        refresh();
    });
    form.addEventListener('keydown', (event) => {
        if (event.key === 'Enter' && event.target.closest('[data-finds]')) event.preventDefault();
    });
    form.querySelectorAll('[data-finds]').forEach((finder) => { finder.hidden = false; });
    arrange();
}
