// Comfort for the pages: they all work without it. It switches variants, sends forms without a reload, keeps the total
// in step with the chosen delivery, and listens for what happens to orders.
(() => {
  'use strict';

  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Swapping: the server answers every form with a whole page, of which the part inside <main> is taken over.

  const parse = async (response) => new DOMParser().parseFromString(await response.text(), 'text/html');

  function takeOver(page, url) {
    const fresh = $('#main', page);
    if (!fresh) return false;
    all('script', fresh).forEach((s) => { if (s.type !== 'application/json') s.remove(); });
    const focused = document.activeElement && document.activeElement.id;
    $('#main').replaceWith(document.adoptNode(fresh));
    const header = $('header.top', page);
    if (header) $('header.top').replaceWith(document.adoptNode(header));
    document.title = page.title;
    document.body.dataset.csrf = page.body.dataset.csrf || '';
    if (url && url !== location.href) history.pushState(null, '', url);
    start();
    const again = focused && document.getElementById(focused);
    if (again) again.focus({ preventScroll: true });
    return true;
  }

  // The server never sends a card number back; when only the delivery options are asked anew, it stays where it is.
  function keep(form, page) {
    all('input[name^="pay."]', form).forEach((old) => {
      const next = all('input', page).find((i) => i.name === old.name);
      if (next && !next.value) next.value = old.value;
    });
  }

  async function send(form, button) {
    const body = new URLSearchParams(new FormData(form));
    if (button && button.name) body.set(button.name, button.value);
    form.classList.add('busy');
    form.setAttribute('aria-busy', 'true');
    try {
      const response = await fetch(form.action, { method: 'POST', body, headers: { Accept: 'text/html' } });
      const page = await parse(response);
      // A redirect that ends elsewhere is followed by the browser itself, so that the address and the history are right.
      if (response.redirected && new URL(response.url).pathname !== location.pathname) {
        location.assign(response.url);
        return;
      }
      if (button && button.hasAttribute('data-refresh')) keep(form, page);
      if (!takeOver(page)) throw new Error('no page');
      const wrong = $('#main [role="alert"], #main [aria-invalid="true"]');
      const head = $('#main h1');
      if (wrong) {
        wrong.scrollIntoView({ block: 'center' });
        const field = $('#main [aria-invalid="true"]');
        if (field) field.focus();
      } else if (form.hasAttribute('data-checkout') && head) {
        head.tabIndex = -1;
        head.focus();
      }
    } catch {
      form.classList.remove('busy');
      form.removeAttribute('aria-busy');
      form.submit(); // the plain way, which says what is wrong; the key in the form keeps it from counting twice
    }
  }

  // Variants of a product.

  function product() {
    const root = $('[data-product]');
    const data = $('#variants');
    if (!root || !data) return;
    const { variants, words } = JSON.parse(data.textContent);
    const groups = all('.options', root);
    if (!groups.length) return;
    const chosen = () => groups.map((g) => ($('input:checked', g) || {}).value);
    const find = (values) => variants.find((v) => v.values.every((x, i) => x === values[i]));

    function show() {
      const values = chosen();
      const variant = find(values);
      groups.forEach((g, i) => {
        $('[data-chosen]', g).textContent = values[i] || '';
        all('.chip', g).forEach((chip) => {
          const other = values.slice();
          other[i] = $('input', chip).value;
          const found = find(other);
          chip.classList.toggle('off', !found || found.left === 0);
          const note = $('.hidden', chip);
          const text = !found ? words.missing_note : found.left === 0 ? words.sold_out_note : '';
          if (note) note.textContent = text;
          else if (text) {
            const span = document.createElement('span');
            span.className = 'hidden';
            span.textContent = text;
            chip.lastElementChild.append(span);
          }
        });
      });
      price(variant);
      stock(variant);
      if (variant && variant.image) picture(variant.image);
    }

    function price(variant) {
      const into = $('[data-price]', root);
      into.textContent = variant ? variant.price + ' ' : '';
      if (variant && variant.compare_at) {
        const was = document.createElement('s');
        was.textContent = variant.compare_at;
        into.append(was);
      }
      const lowest = $('[data-lowest]', root);
      lowest.textContent = (variant && variant.lowest) || '';
      lowest.hidden = !lowest.textContent;
      const tiers = $('[data-tiers]', root);
      tiers.replaceChildren(...((variant && variant.tiers) || []).map((text) => {
        const li = document.createElement('li');
        li.textContent = text;
        return li;
      }));
      tiers.hidden = tiers.childElementCount === 0;
    }

    function stock(variant) {
      const into = $('[data-stock]', root);
      const [tone, text] = !variant ? ['bad', words.missing]
        : variant.left === 0 ? ['bad', words.sold_out]
          : variant.few ? ['wait', variant.few] : ['good', words.in_stock];
      into.innerHTML = '';
      const dot = document.createElement('span');
      dot.className = `dot ${tone}`;
      into.append(dot, ` ${text}`);
      const button = $('[data-add]', root);
      button.disabled = !variant || variant.left === 0;
      const wait = $('[data-wait]', root);
      if (wait) {
        wait.hidden = !variant || variant.left > 0;
        wait.elements.variant.value = variant ? variant.id : '';
        chosen().forEach((v, i) => { wait.elements[`o${i}`].value = v || ''; });
      }
      button.textContent = !variant ? words.not_available : variant.left === 0 ? words.sold_out : words.add;
    }

    groups.forEach((g) => g.addEventListener('change', show));
    show();
  }

  function picture(src) {
    const item = all('.pictures li').find((li) => li.dataset.src === src);
    if (item) item.parentElement.scrollTo({ left: item.offsetLeft - item.parentElement.offsetLeft });
  }

  function gallery() {
    const list = $('.pictures');
    if (!list) return;
    all('.thumbs a').forEach((a) => a.addEventListener('click', (event) => {
      const item = $(a.hash);
      if (!item) return;
      event.preventDefault();
      list.scrollTo({ left: item.offsetLeft - list.offsetLeft });
    }));
  }

  // Forms that send themselves: quantities, filters, the country of an address.

  function forms() {
    all('form[data-auto]').forEach((form) => {
      const post = form.method === 'post';
      const update = $('.update', form);
      if (update) update.hidden = true;
      form.addEventListener('change', (event) => {
        if (!form.reportValidity()) return;
        if (!post && event.target.tagName !== 'SELECT' && event.target.type !== 'checkbox') return;
        form.requestSubmit(post ? update : undefined);
      });
      if (!post) form.addEventListener('submit', () => all('input, select', form).forEach((i) => { if (!i.value) i.disabled = true; }));
      else form.addEventListener('submit', (event) => { event.preventDefault(); send(form, event.submitter); });
    });
    const checkout = $('form[data-checkout]');
    if (!checkout) return;
    checkout.addEventListener('submit', (event) => {
      event.preventDefault();
      if (!checkout.classList.contains('busy')) send(checkout, event.submitter);
    });
    checkout.addEventListener('change', (event) => {
      const rate = event.target;
      if (rate.name === 'rate') {
        $('[data-delivery]').textContent = rate.dataset.price;
        $('[data-sum]').textContent = rate.dataset.total;
      }
      const refresh = $('[data-refresh]');
      if (refresh && (rate.name === 'country' || rate.name === 'postal_code')) checkout.requestSubmit(refresh);
    });
  }

  // Keeping a product for later leaves the page as it is.

  function hearts() {
    all('form.heart').forEach((form) => form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const response = await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)), headers: { Accept: 'text/html' } }).catch(() => null);
      if (!response || !response.ok) { form.submit(); return; }
      form.classList.add('kept');
      $('button', form).setAttribute('aria-pressed', 'true');
    }));
  }

  // On a wide window there is room for all filters.

  function facets() {
    if (window.matchMedia('(min-width: 60rem)').matches) all('.facet').forEach((f, i) => { if (i < 4) f.open = true; });
  }

  // Suggestions below the search box (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/).

  function suggest() {
    const form = $('form[data-suggest]');
    const input = form && $('input[type="search"]', form);
    if (!input || form.dataset.ready) return;
    form.dataset.ready = 'yes';
    input.setAttribute('role', 'combobox');
    input.setAttribute('aria-autocomplete', 'list');
    input.setAttribute('aria-expanded', 'false');
    let asked = '';
    let timer = 0;
    const list = () => $('.offers', form);
    const close = () => {
      if (list()) list().remove();
      input.setAttribute('aria-expanded', 'false');
      input.removeAttribute('aria-activedescendant');
    };
    const ask = async () => {
      const text = input.value.trim();
      if (text === asked && list()) return;
      asked = text;
      if (text.length < 2) { close(); return; }
      const response = await fetch(`${form.dataset.suggest}?q=${encodeURIComponent(text)}`).catch(() => null);
      if (!response || !response.ok || text !== asked || document.activeElement !== input) return;
      const fresh = $('.offers', await parse(response));
      close();
      if (!fresh) return;
      form.append(document.adoptNode(fresh));
      input.setAttribute('aria-expanded', 'true');
      input.setAttribute('aria-controls', fresh.id);
    };
    input.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(ask, 120); });
    input.addEventListener('focus', ask);
    input.addEventListener('blur', () => setTimeout(close, 150));
    input.addEventListener('keydown', (event) => {
      const items = list() ? all('[role="option"]', list()) : [];
      const at = items.findIndex((i) => i.getAttribute('aria-selected') === 'true');
      if (event.key === 'Escape') { close(); return; }
      if (event.key === 'Enter' && at >= 0) { event.preventDefault(); location.assign(items[at].dataset.go); return; }
      if (!items.length || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return;
      event.preventDefault();
      const next = items[(at + (event.key === 'ArrowDown' ? 1 : items.length - (at < 0 ? 0 : 1))) % items.length];
      items.forEach((i) => i.setAttribute('aria-selected', String(i === next)));
      input.setAttribute('aria-activedescendant', next.id);
    });
    form.addEventListener('mousedown', (event) => {
      const item = event.target.closest('[data-go]');
      if (item) { event.preventDefault(); location.assign(item.dataset.go); }
    });
  }

  // Live updates. The socket only says that there is something; what it is, is read from the server.

  let socket = null;

  function live() {
    if (socket) { socket.stop(); socket = null; }
    const root = $('[data-live]');
    if (root && 'WebSocket' in window) socket = listen(root);
    const onward = $('a[data-onward]');
    if (onward) {
      history.replaceState(null, '', location.href.replace(/[?&]pay=1/, ''));
      location.assign(onward.href);
    }
  }

  function listen(root) {
    let last = Number(root.dataset.seq || -1);
    let wait = 500;
    let ws = null;
    let stopped = false;
    let timer = 0;

    async function open() {
      if (stopped) return;
      try {
        const body = new URLSearchParams({ csrf: document.body.dataset.csrf, number: root.dataset.number || '', secret: root.dataset.secret || '' });
        const response = await fetch(root.dataset.live, { method: 'POST', body });
        if (response.status === 403 || response.status === 404) return;
        if (!response.ok) throw new Error(String(response.status));
        const { ticket } = await response.json();
        const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
        ws = new WebSocket(`${scheme}//${location.host}/ws?ticket=${encodeURIComponent(ticket)}${last >= 0 ? `&last_seq=${last}` : ''}`);
        ws.onopen = () => { wait = 500; state(true); if (last < 0) read(); };
        ws.onmessage = (event) => hear(JSON.parse(event.data));
        ws.onclose = again;
      } catch {
        again();
      }
    }

    function again() {
      state(false);
      if (stopped) return;
      timer = setTimeout(open, wait + Math.random() * wait);
      wait = Math.min(wait * 2, 30000);
    }

    function state(on) {
      const mark = $('[data-live-state]');
      if (!mark) return;
      mark.hidden = false;
      $('.dot', mark).className = on ? 'dot good' : 'dot wait';
      $('[data-live-text]', mark).textContent = on ? 'Live' : 'Connecting…';
    }

    let reading = false;
    let more = false;
    function hear(message) {
      if (message.type === 'resync') {
        if (typeof message.seq === 'number') last = message.seq;
        read();
        return;
      }
      if (typeof message.seq === 'number') {
        if (message.seq <= last) return;
        last = message.seq;
      }
      if (message.title) {
        $('[data-say]').textContent = `${message.title}. ${message.body || ''}`;
        ring();
      }
      read(message.order_number);
    }

    async function read(fresh) {
      if (reading) { more = true; return; }
      reading = true;
      try {
        const response = await fetch(location.href, { headers: { Accept: 'text/html' } });
        if (response.ok) swap(await parse(response), fresh);
      } catch { /* the next message or a reload brings it */ }
      reading = false;
      if (more) { more = false; read(fresh); }
    }

    function swap(page, fresh) {
      all('[data-swap]', root).forEach((part) => {
        const next = $(`[data-swap="${part.dataset.swap}"]`, page);
        const typing = part.contains(document.activeElement) && /INPUT|TEXTAREA/.test(document.activeElement.tagName);
        const paying = next && $('[data-stripe]', part) && $('[data-stripe]', next); // the provider's own form is in the page
        if (next && !typing && !paying) part.replaceWith(document.adoptNode(next));
      });
      const row = fresh && $(`[data-order="${fresh}"]`);
      if (row) row.classList.add('fresh');
    }

    open();
    return { stop() { stopped = true; clearTimeout(timer); if (ws) ws.close(); } };
  }

  let rung = 0;
  const title = document.title;
  function ring() {
    const bell = $('[data-bell]');
    if (!bell) return;
    rung += 1;
    bell.hidden = false;
    bell.textContent = String(rung);
    document.title = `(${rung}) ${title}`;
  }

  function start() {
    product();
    gallery();
    hearts();
    facets();
    suggest();
    forms();
    live();
    const bell = $('.bell');
    if (bell) bell.addEventListener('click', () => { rung = 0; $('[data-bell]').hidden = true; document.title = title; });
  }

  window.addEventListener('popstate', () => location.reload());
  window.addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
  start();
})();
