import { routeText } from '../routes.ts';

/** Says what an address names that is not there. */
export function NotHere({ what }: { readonly what: string }) {
  return (
    <section>
      <h2>Not here</h2>
      <p>
        {what} <a href={routeText({ screen: 'overview' })}>To the overview</a>
      </p>
    </section>
  );
}
