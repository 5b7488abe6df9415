// A component that is drawn anew only when it would look otherwise.

import { Component, type ComponentChild, type FunctionComponent } from "preact";

export function memo<P extends object>(draw: (props: P) => ComponentChild, same: (a: P, b: P) => boolean): FunctionComponent<P> {
  class Kept extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      return !same(this.props as P, next);
    }
    render(props: P): ComponentChild {
      return draw(props);
    }
  }
  return Kept as unknown as FunctionComponent<P>;
}
