// An event as the native API tells it (integration guide §6): made from parts that were frozen when it was logged. Called by
// adapters/webhooks/ for what is sent, and by the routes that show the log.

export interface FrozenEvent {
  subject: string;
  subjectId: string;
  seq: number;
  type: string;
  createdAtMs: number;
  livemode: boolean;
  /** The subject as JSON text, frozen when the event was logged. */
  snapshot: string;
}

/** Stable across retries and channels: what receivers deduplicate by. */
export function eventId({ subjectId, seq }: Pick<FrozenEvent, 'subjectId' | 'seq'>): string {
  return `evt_${subjectId.replaceAll('-', '')}_${seq}`;
}

/** The body of a webhook: every retry sends the same bytes. */
export function eventBody(event: FrozenEvent): string {
  const { type: event_type, createdAtMs, livemode } = event;
  const created_at = new Date(createdAtMs).toISOString();
  return withData({ event_id: eventId(event), event_type, created_at, livemode }, event);
}

/** JSON that ends with what an event is about, in the very bytes that were frozen. */
export function withData(head: object, { subject, snapshot }: Pick<FrozenEvent, 'subject' | 'snapshot'>): string {
  return `${JSON.stringify(head).slice(0, -1)},"data":{"${subject}":${snapshot}}}`;
}
