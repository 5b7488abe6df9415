export function Alerts(_: { name?: string }) { return <h1>Alerts</h1>; }
