// Times as the native API writes them: ISO 8601, UTC.

export const iso = (ms: number | Date): string => new Date(ms).toISOString();
export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));
