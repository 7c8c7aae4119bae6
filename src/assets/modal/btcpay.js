// Shows an invoice in a frame over a shop's own page: the contract of BTCPay Server's modal script, so that a shop's script
// that was written for that works with this one. Loaded by the shop from /modal/btcpay.js.

(() => {
  if (window.btcpay) {
    console.warn('btcpay.js was already initialized, skipping.');
    return;
  }
  const PATH = '/modal/btcpay.js';
  /** How long a page that is there may take to say so. */
  const ANSWER_MS = 1_000;
  const FIRST_RETRY_MS = 1_000;
  const MAX_RETRY_MS = 15_000;
  const script = document.currentScript;
  const src = script instanceof HTMLScriptElement ? script.src : '';
  /** Where invoices are shown. */
  let origin = src.includes(PATH) ? src.slice(0, src.indexOf(PATH)) : '';
  /** @type {HTMLIFrameElement | null} */
  let frame = null;
  let isShown = false;
  /** @type {HTMLElement | null} */
  let note = null;
  let retryMs = FIRST_RETRY_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let retry;
  let onEnter = () => {};
  let onLeave = () => {};
  /** @type {(event: MessageEvent) => void} */
  let onMessage = () => {};

  function showFrame() {
    if (frame === null || isShown) return;
    onEnter();
    isShown = true;
    stopRetrying();
    frame.style.display = 'block';
    frame.focus();
  }

  function hideFrame() {
    if (frame === null) return;
    onLeave();
    isShown = false;
    stopRetrying();
    frame.remove();
    frame = null;
  }

  /** A page that does not say that it is there is asked for again: the buyer has pressed "Pay" and sees nothing. */
  function expectPage() {
    clearTimeout(retry);
    if (frame === null || isShown) return;
    retry = setTimeout(() => {
      say(
        navigator.onLine
          ? 'The payment page does not open. We keep trying.'
          : 'You are offline. The payment opens when you are back online.',
      );
      retry = setTimeout(load, retryMs);
      retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
    }, ANSWER_MS);
  }

  function load() {
    clearTimeout(retry);
    const { src } = frame ?? {};
    if (frame && src && !isShown) frame.src = src;
  }

  function stopRetrying() {
    clearTimeout(retry);
    retryMs = FIRST_RETRY_MS;
    note?.remove();
    note = null;
  }

  /** @param {string} text */
  function say(text) {
    if (note === null) {
      note = document.createElement('p');
      note.setAttribute('role', 'status');
      Object.assign(note.style, {
        ...{ position: 'fixed', inset: '0 0 auto', margin: '0', padding: '12px 16px', zIndex: '2000' },
        ...{ background: '#fdf1dc', color: '#6b3f06', font: '600 16px/1.4 system-ui, sans-serif', textAlign: 'center' },
      });
      document.body.append(note);
    }
    if (note.textContent !== text) note.textContent = text;
  }
  window.addEventListener('online', load);

  /**
   * @param {string} invoiceId
   * @param {string | {paymentMethodId?: string, animateEntrance?: boolean}} [params]
   */
  function showInvoice(invoiceId, params) {
    const { paymentMethodId, animateEntrance } =
      typeof params === 'string' ? { paymentMethodId: params } : (params ?? {});
    const id = encodeURIComponent(invoiceId);
    const path = paymentMethodId ? `/i/${id}/${encodeURIComponent(paymentMethodId)}?` : `/invoice?id=${id}&`;
    const still = animateEntrance === false ? '&animateEntrance=false' : '';
    if (frame) hideFrame();
    frame = document.createElement('iframe');
    frame.name = 'btcpay';
    frame.title = 'Payment';
    frame.allow = 'clipboard-read;clipboard-write';
    Object.assign(frame.style, {
      ...{ display: 'none', position: 'fixed', inset: '0', width: '100%', height: '100%' },
      ...{ border: '0', zIndex: '2000', backgroundColor: 'transparent' },
    });
    frame.src = `${origin}${path}view=modal${still}`;
    // What a browser shows in the place of a page that it cannot reach is loaded, too.
    frame.addEventListener('load', expectPage);
    document.body.append(frame);
  }

  /** Where a page in the frame may send the shop's page: to a wallet, or back to the shop. Never a script. */
  function open(target) {
    if (/^(?:https?|bitcoin|lightning):/i.test(target)) window.location.assign(target);
  }

  window.addEventListener('message', (event) => {
    // Of another frame, or of one that is gone already.
    if (frame === null || event.source !== frame.contentWindow || new URL(origin).origin !== event.origin) return;
    const { data } = event;
    if (data === 'close') hideFrame();
    else if (data === 'loaded') showFrame();
    else if (data && typeof data.open === 'string') open(data.open);
    onMessage(event);
  });

  /** A form that makes an invoice and says its id is shown here instead of in a page of its own. */
  async function onSubmit(event) {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.hasAttribute('data-btcpay-button')) return;
    event.preventDefault();
    try {
      const response = await fetch(form.action, { method: form.method, body: new FormData(form) });
      const answer = await response.json();
      const id = answer.invoiceId ?? answer.id;
      if (typeof id !== 'string') throw new Error('The answer names no invoice.');
      showInvoice(id);
    } catch {
      form.submit();
    }
  }
  document.addEventListener('submit', onSubmit);

  window.btcpay = {
    showFrame,
    hideFrame,
    showInvoice,
    appendInvoiceFrame: showInvoice,
    appendAndShowInvoiceFrame: showInvoice,
    /** @param {() => void} fn */
    onModalWillEnter(fn) {
      onEnter = fn;
    },
    /** @param {() => void} fn */
    onModalWillLeave(fn) {
      onLeave = fn;
    },
    /** @param {(event: MessageEvent) => void} fn */
    onModalReceiveMessage(fn) {
      onMessage = fn;
    },
    /** @param {string} url */
    setApiUrlPrefix(url) {
      origin = url.replace(/\/+$/, '');
    },
  };
})();
