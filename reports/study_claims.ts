/**
 * Claims of a study with their verdicts, as HTML.
 *
 * @module
 */

import type { StudyReport } from "../nas/stats/study_report.ts";
import { countedOf, fixedNumber } from "../nas/text/words.ts";
import { escapeHtml, NBSP } from "./format.ts";
import { csvLink, itemHeading } from "./fragments.ts";
import { uniqueSlugs } from "./slugs.ts";

type Claim = StudyReport["claims"][number];

/** What a verdict says, in words for a newcomer, and the sign that stands beside it. */
const VERDICTS: Readonly<Record<Claim["verdict"], { sign: string; meaning: string }>> = {
  supported: { sign: "✓", meaning: "the data show it" },
  contradicted: { sign: "✗", meaning: "the data rule it out" },
  undecidable: { sign: "?", meaning: "the data cannot tell" },
};

const SIDES: Readonly<Record<Claim["side"], (margin: string) => string>> = {
  positive: () => "above 0",
  negative: () => "below 0",
  "not positive": (margin) => `below ${margin}`,
  none: (margin) => `within ±${margin}`,
};

/** How many claims got which verdict, with a link to them; empty where a study makes none. */
export function verdictCounts(claims: readonly Claim[]): string {
  if (claims.length === 0) return "";
  const items = (["supported", "contradicted", "undecidable"] as const).map((verdict) => {
    const count = claims.filter((claim) => claim.verdict === verdict).length;
    return `<li><a href="#claims"><b>${count}</b> ${badge(verdict)}</a></li>`;
  });
  return `<ul class="counts" aria-label="Verdicts on ${claims.length} claims">${
    items.join("")
  }</ul>\n`;
}

/** All claims, first as a table, then one by one; empty where a study makes none. */
export function claimsSection({ claims }: StudyReport): string {
  if (claims.length === 0) return "";
  const slugs = uniqueSlugs(claims.map(({ id }) => id));
  const legend = Object.entries(VERDICTS).map(([verdict, { meaning }]) =>
    `<li>${badge(verdict as Claim["verdict"])} ${meaning}</li>`
  ).join("");
  return `<ul class="verdicts">${legend}</ul>
${overview(claims, slugs)}
${csvLink("claims.csv", claimsTable(claims), "Download all claims as CSV")}
${claims.map((claim, i) => claimCard(claim, slugs[i])).join("\n")}`;
}

function overview(claims: readonly Claim[], slugs: readonly string[]): string {
  const rows = claims.map((claim, i) => {
    const { question, verdict, value, ci, n, unit } = claim;
    const known = value !== null && n > 0;
    const interval = ci === null || ci[0] === ci[1] ? "–" : `${short(ci[0])} to ${short(ci[1])}`;
    return `<tr><td>${badge(verdict)}</td><td><a href="#claim-${slugs[i]}">${
      escapeHtml(question)
    }</a></td><td class="number">${known ? short(value) : "–"}</td><td class="number">${
      known ? interval : "–"
    }</td><td>${known && unit !== "count" ? escapeHtml(countedOf(n, unit)) : "–"}</td></tr>`;
  }).join("\n");
  return `<div class="table-box whole" tabindex="0" role="region" aria-label="All claims">
<table class="overview"><thead><tr><th scope="col">Verdict</th><th scope="col">Question</th><th scope="col" class="number">Value</th>` +
    `<th scope="col" class="number">Interval</th><th scope="col">From</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function claimCard(claim: Claim, slug: string): string {
  const { question, quote, where, remark, verdict } = claim;
  const facts = [...factsOf(claim)].map(([name, value]) =>
    `<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`
  ).join("");
  return `<article class="card claim" id="claim-${slug}">
<header>${badge(verdict)}${itemHeading(`claim-${slug}`, question)}</header>
${
    quote === ""
      ? ""
      : `<blockquote><p>“${escapeHtml(quote)}”</p><cite>${escapeHtml(where)}</cite></blockquote>`
  }
${facts === "" ? "" : `<dl class="facts">${facts}</dl>`}
${remark === "" ? "" : `<p class="remark">${escapeHtml(remark)}</p>`}
</article>`;
}

function badge(verdict: Claim["verdict"]): string {
  return `<span class="verdict ${verdict}"><span aria-hidden="true">${
    VERDICTS[verdict].sign
  }</span> ${verdict}</span>`;
}

function* factsOf(claim: Claim): Generator<readonly [name: string, value: string]> {
  const { statistic, value, ci, level, p, adjustedP, smallestP, n, unit, power, nToDecide } = claim;
  if (value === null || n === 0) return;
  yield [escapeHtml(statistic), short(value)];
  if (ci !== null && ci[0] !== ci[1]) {
    yield [
      `${(100 * level!).toFixed(1)}${NBSP}% interval`,
      `${short(ci[0])} to ${short(ci[1])}`,
    ];
    yield ["supported if the interval lies", SIDES[claim.side](short(claim.margin))];
  }
  if (p !== null) {
    yield ["p, and adjusted for all claims", `${probability(p)}; ${probability(adjustedP!)}`];
  }
  if (smallestP !== null) yield ["smallest p that this size can give", probability(smallestP)];
  if (unit !== "count") yield [`number of ${escapeHtml(unit)}`, String(n)];
  if (power !== null) {
    yield ["power to see an effect that matters", `${(100 * power).toFixed(0)}${NBSP}%`];
  }
  if (nToDecide !== null && claim.verdict === "undecidable") {
    yield [`${escapeHtml(unit)} that would decide`, `about ${nToDecide}`];
  }
}

/** A probability; never a bare 0. */
function probability(p: number): string {
  return p < 0.001 ? "< 0.001" : p.toFixed(p < 0.1 ? 3 : 2);
}

function short(value: number): string {
  const size = Math.abs(value);
  return fixedNumber(value, size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

function claimsTable(claims: readonly Claim[]) {
  const columns = [
    "id",
    "verdict",
    "question",
    "quote",
    "where",
    "side",
    "margin",
    "statistic",
    "value",
    "low",
    "high",
    "level",
    "p",
    "adjustedP",
    "smallestP",
    "n",
    "unit",
    "power",
    "nToDecide",
    "remark",
  ] as const;
  return {
    columns,
    rows: claims.map((claim) =>
      columns.map((column) =>
        column === "low"
          ? claim.ci?.[0] ?? null
          : column === "high"
          ? claim.ci?.[1] ?? null
          : claim[column]
      )
    ),
  };
}
