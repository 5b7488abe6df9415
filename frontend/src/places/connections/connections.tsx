export function Connections(_: { name?: string }) { return <h1>Connections</h1>; }
