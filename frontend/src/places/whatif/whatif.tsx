export function WhatIfPlace(_: { name?: string }) { return <h1>WhatIfPlace</h1>; }
