'use strict';
/* Hovering a chart shows the exact values; without script the same words are the title of each place. */
{
    const tip = document.createElement('div');
    tip.className = 'chart-tip';
    tip.hidden = true;
    document.body.append(tip);

    const show = (place, event) => {
        const [head, ...lines] = place.dataset.lines.split('|');
        const bold = document.createElement('b');
        bold.textContent = head;
        tip.replaceChildren(bold, ...lines.flatMap((line) => [document.createTextNode(line), document.createElement('br')]));
        tip.hidden = false;
        const left = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8);
        tip.style.left = `${left}px`;
        tip.style.top = `${Math.max(8, event.clientY - tip.offsetHeight - 12)}px`;
    };
    document.addEventListener('pointermove', (event) => {
        const place = event.target.closest ? event.target.closest('.hit') : null;
        if (!place) {
            tip.hidden = true;
            return;
        }
        place.querySelector('title')?.remove();
        show(place, event);
    });
}
