export function Account(_: { name?: string }) { return <h1>Account</h1>; }
