// Adds the ranges of factorized_reduction_backward_weight in order and moves the odd half's channels to
// where its weights have them.
// Formula: deven[ci,c] = Σ_split partial[split,0,ci,c]; dodd[ci,c] = Σ_split partial[split,1,ci,ca%4+c],
//          with c counted in scalars; padding 0.
// Shapes: partial [splits,2,cin,blocks] vec4, deven [cin,a4] vec4, dodd [cin,b4] vec4.
// Grid: one thread for each (ci, vec4 of both halves); workgroups of 64.
// Reference: engine/reference/factorized_reduction.ts (backward)

// Counts places, not ranges: lavapipe compiles a kernel anew for each dispatch where it can unroll a
// loop over a number from the parameters.
fn total(first: u32) -> vec4f {
  let stride = 2u * params.cin * params.blocks;
  var sum = vec4f(0);
  for (var at = first; at < params.splits * stride; at += stride) {
    sum += partial[at];
  }
  return sum;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  let row = params.a4 + params.b4;
  if (index >= params.cin * row) {
    return;
  }
  let ci = index / row;
  let s = u32(index % row >= params.a4);
  let k = index % row - s * params.a4;
  let base = (s * params.cin + ci) * params.blocks;
  var value = total(base + k);
  let before = params.ca % 4u;
  // Where the odd half begins inside a vec4, each of its vec4s lies in two.
  if (before > 0u && s == 1u) {
    let next = total(base + min(k + 1u, params.blocks - 1u));
    let two = select(vec4f(value.yzw, next.x), vec4f(value.zw, next.xy), before == 2u);
    value = select(two, vec4f(value.w, next.xyz), before == 3u);
  }
  let width = select(params.ca, params.cb, s == 1u);
  value = select(vec4f(0), value, vec4u(4u * k) + vec4u(0u, 1u, 2u, 3u) < vec4u(width));
  if (s == 0u) {
    deven[ci * params.a4 + k] = value;
  } else {
    dodd[ci * params.b4 + k] = value;
  }
}
