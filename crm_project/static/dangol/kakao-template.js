'use strict';
/* The editor of AlimTalk templates: the bubble at the right follows what is typed, and only what is needed is shown.
   Without script every field is there, and the bubble is that of the last save. */
{
    const form = document.getElementById('kakao-template-form');
    const place = document.getElementById('kakao-preview-place');
    const TYPING_PAUSE = 300;
    let asked = 0;
    let timer = 0;

    const refresh = async () => {
        const number = ++asked;
        const answer = await fetch(form.dataset.preview, {
            method: 'POST', body: new FormData(form), headers: {'X-Requested-With': 'fetch'},
        }).catch(() => null);
        // An older answer never overwrites a newer one, and a page that asks to log in is none.
        if (number !== asked || !answer || !answer.ok || answer.redirected) return;
        place.innerHTML = await answer.text();
    };

    const showOnly = (name, attribute) => {
        const chosen = form.elements[name].value;
        form.querySelectorAll(`[data-${attribute}]`).forEach((part) => {
            part.hidden = !part.getAttribute(`data-${attribute}`).split(' ').includes(chosen);
        });
    };

    const showLinks = (row) => {
        const kind = row.querySelector('select').selectedOptions[0];
        const links = (kind.dataset.links || '').split(' ');
        row.querySelectorAll('[data-link]').forEach((label) => {
            const isWeb = label.dataset.link === 'pc' && kind.value === 'WL';
            label.hidden = !links.includes(label.dataset.link) && !isWeb;
        });
        const name = row.querySelector('[name=button_name]');
        if (kind.value === 'AC') name.value = '채널 추가';
        name.readOnly = kind.value === 'AC';
    };

    const isEmpty = (row) => [...row.querySelectorAll('input, select')].every((field) => !field.value);

    const foldRows = (kind) => {
        const rows = [...form.querySelectorAll(`[data-row="${kind}"]`)];
        const adder = form.querySelector(`[data-adds="${kind}"]`);
        rows.forEach((row) => { row.hidden = isEmpty(row) && !row.dataset.opened; });
        adder.hidden = !rows.some((row) => row.hidden);
    };

    const arrange = () => {
        showOnly('emphasis', 'only-for-emphasis');
        showOnly('kind', 'only-for-kind');
        form.querySelectorAll('[data-row="button"]').forEach(showLinks);
        ['button', 'item'].forEach(foldRows);
    };

    form.addEventListener('input', () => {
        clearTimeout(timer);
        timer = setTimeout(refresh, TYPING_PAUSE);
    });
    form.addEventListener('change', () => { arrange(); refresh(); });
    form.addEventListener('click', (event) => {
        const adder = event.target.closest('[data-adds]');
        if (!adder) return;
        const row = form.querySelector(`[data-row="${adder.dataset.adds}"][hidden]`);
        if (!row) return;
        row.dataset.opened = 'yes';
        arrange();
        row.querySelector('select, input').focus();
    });
    arrange();
}
