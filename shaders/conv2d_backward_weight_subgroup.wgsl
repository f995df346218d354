// Weight gradient of a stride-1 convolution, register-tiled, with dy shared by the lanes of a
// subgroup: all lanes walk over the same output pixels and the same 4*Q output channels, each for a
// kernel row ky and 4 input channels of its own. A vec4 of dy is loaded by one lane and broadcast;
// the window of K input pixels slides along the row, G/Q pixels a turn.
// Formula: partial[split,ky,kx,ci,co] = Σ_{rows of split, ox} x[…,ox+kx-before_x,ci] * dy[…,ox,co].
// Shapes: x [n,h,w,cin4] vec4, dy [n,oh,ow,cout4] vec4, partial [splits,K,K,cin,cout4] vec4.
// Grid: one subgroup for each (split, block of Q, G pairs of ky and ci4); workgroups of 64.
// Template: Q vec4s of output channels, K kernel side, G lanes of a subgroup (a multiple of Q).
// Reference: engine/reference/conv2d.ts (backward)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let share = lane % ${G}u;
  let pairs = ${K}u * params.cin4;
  let pair_groups = (pairs + ${G - 1}u) / ${G}u;
  let co_blocks = (params.cout4 + ${Q - 1}u) / ${Q}u;
  // No lane may leave before the last broadcast; subgroups and lanes past the end do not store.
  let all_subgroups = params.splits * co_blocks * pair_groups;
  let index = flat_group(group, groups) * ${64 / G}u + lane / ${G}u;
  let subgroup = min(index, all_subgroups - 1u);
  let pair = subgroup % pair_groups * ${G}u + share;
  let ky = min(pair, pairs - 1u) / params.cin4;
  let ci = min(pair, pairs - 1u) % params.cin4;
  let co = subgroup / pair_groups % co_blocks * ${Q}u;
  let split = subgroup / (pair_groups * co_blocks);
  let first = split * params.rows_per_split;
  let end = min(first + params.rows_per_split, params.n * params.oh);
  let last = i32(params.w) - 1;
  // The part of dy that this lane loads for all.
  let dy_column = share / ${Q}u;
  let dy_channel = co + share % ${Q}u;

  //# for kx in 0..K
  //# for j in 0..4
  //# for q in 0..Q
  var acc_${kx}_${j}_${q} = vec4f(0);
  //# end
  //# end
  //# end
  for (var r = first; r < end; r++) {
    let iy = i32(r % params.oh + ky) - params.before_y;
    let inside = iy >= 0 && iy < i32(params.h);
    let row = ((r / params.oh) * params.h + u32(clamp(iy, 0, i32(params.h) - 1))) * params.w;
    //# for t in 0..K-1
    var x_${t} = select(
      vec4f(0),
      x[(row + u32(clamp(${t} - params.before_x, 0, last))) * params.cin4 + ci],
      inside && ${t} - params.before_x >= 0 && ${t} - params.before_x <= last,
    );
    //# end
    for (var ox = 0u; ox < params.ow; ox += ${G / Q}u) {
      let g = select(
        vec4f(0),
        dy[
          (r * params.ow + min(ox + dy_column, params.ow - 1u)) * params.cout4
            + min(dy_channel, params.cout4 - 1u)
        ],
        ox + dy_column < params.ow && dy_channel < params.cout4,
      );
      //# for u in 0..G/Q
      let ix_${u} = i32(ox) + ${u + K - 1} - params.before_x;
      let x_${u + K - 1} = select(
        vec4f(0),
        x[(row + u32(clamp(ix_${u}, 0, last))) * params.cin4 + ci],
        inside && ix_${u} >= 0 && ix_${u} <= last,
      );
      //# end
      //# for u in 0..G/Q
      //# for q in 0..Q
      {
        let v = subgroupBroadcast(g, ${u * Q + q}u);
        //# for kx in 0..K
        //# for j in 0..4
        acc_${kx}_${j}_${q} += x_${u + kx}[${j}] * v;
        //# end
        //# end
      }
      //# end
      //# end
      //# for t in 0..K-1
      x_${t} = x_${t + G / Q};
      //# end
    }
  }

  if (index < all_subgroups && pair < pairs) {
    let base = (split * ${K}u + ky) * ${K}u;
    //# for kx in 0..K
    //# for j in 0..4
    if (ci * 4u + ${j}u < params.cin) {
      let at = ((base + ${kx}u) * params.cin + ci * 4u + ${j}u) * params.cout4 + co;
      //# for q in 0..Q
      if (co + ${q}u < params.cout4) {
        partial[at + ${q}u] = acc_${kx}_${j}_${q};
      }
      //# end
    }
    //# end
    //# end
  }
}
