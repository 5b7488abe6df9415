export function Rules(_: { name?: string }) { return <h1>Rules</h1>; }
