'use strict';
/* When the status changes while somebody watches, the buttons of the page change too: load it again. */
{
    const status = () => document.getElementById('sending').dataset.status;
    const first = status();
    const watched = document.getElementById('sending').parentElement;
    new MutationObserver(() => {
        if (status() !== first) window.location.reload();
    }).observe(watched, {childList: true});
}
