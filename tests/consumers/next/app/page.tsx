import { Morph } from './morph';

export default function Page() {
  return <main><Morph from="/fox.png" to="/panda.png" /></main>;
}
