// Weight gradient of a convolution, register-tiled: one thread sums one kernel row ky, all kx,
// 4*A input channels times 4*Q output channels, over one of `splits` ranges of output rows. The
// window of K input pixels slides along the row.
// Formula: partial[split,ky,kx,ci,co] = Σ_{rows of split, ox} x[…,ox*S+kx-before_x,ci] * dy[…,ox,co].
// Shapes: x [n,h,w,cin4] vec4, dy [n,oh,ow,cout4] vec4, partial [splits,K,K,cin,cout4] vec4.
// Grid: one thread for each (split, ky, block of A, block of Q); workgroups of T.
// Template: A vec4s of input channels, Q vec4s of output channels, K kernel side, S stride,
//           T threads of a workgroup.
// Reference: engine/reference/conv2d.ts (backward)

@compute @workgroup_size(${T})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * ${T}u + lane;
  let co_blocks = (params.cout4 + ${Q - 1}u) / ${Q}u;
  let ci_blocks = (params.cin4 + ${A - 1}u) / ${A}u;
  if (index >= params.splits * ${K}u * ci_blocks * co_blocks) {
    return;
  }
  let co = (index % co_blocks) * ${Q}u;
  let ci = ((index / co_blocks) % ci_blocks) * ${A}u;
  let ky = (index / (co_blocks * ci_blocks)) % ${K}u;
  let split = index / (co_blocks * ci_blocks * ${K}u);
  let rows = params.n * params.oh;
  let first = split * params.rows_per_split;
  let end = min(first + params.rows_per_split, rows);
  let last = i32(params.w) - 1;

  //# for kx in 0..K
  //# for a in 0..A
  //# for j in 0..4
  //# for q in 0..Q
  var acc_${kx}_${a}_${j}_${q} = vec4f(0);
  //# end
  //# end
  //# end
  //# end
  for (var r = first; r < end; r++) {
    let iy = i32((r % params.oh) * ${S}u + ky) - params.before_y;
    if (iy < 0 || iy >= i32(params.h)) {
      continue;
    }
    let row = ((r / params.oh) * params.h + u32(iy)) * params.w;
    //# for kx in 0..K
    //# for a in 0..A
    var x_${kx}_${a} = vec4f(0);
    //# end
    //# end
    //# if S == 1
    //# for kx in 0..K-1
    {
      let ix = ${kx} - params.before_x;
      if (ix >= 0 && ix <= last) {
        //# for a in 0..A
        x_${kx}_${a} = x[(row + u32(ix)) * params.cin4 + min(ci + ${a}u, params.cin4 - 1u)];
        //# end
      }
    }
    //# end
    //# end
    for (var ox = 0u; ox < params.ow; ox++) {
      //# if S == 1
      let ix = i32(ox) + ${K - 1} - params.before_x;
      let inside = ix >= 0 && ix <= last;
      let at = (row + u32(clamp(ix, 0, last))) * params.cin4;
      //# for a in 0..A
      x_${K - 1}_${a} = select(vec4f(0), x[at + min(ci + ${a}u, params.cin4 - 1u)], inside);
      //# end
      //# end
      //# if S > 1
      //# for kx in 0..K
      {
        let ix = i32(ox * ${S}u) + ${kx} - params.before_x;
        let inside = ix >= 0 && ix <= last;
        let at = (row + u32(clamp(ix, 0, last))) * params.cin4;
        //# for a in 0..A
        x_${kx}_${a} = select(vec4f(0), x[at + min(ci + ${a}u, params.cin4 - 1u)], inside);
        //# end
      }
      //# end
      //# end
      let source = (r * params.ow + ox) * params.cout4;
      //# for q in 0..Q
      let g_${q} = dy[source + min(co + ${q}u, params.cout4 - 1u)];
      //# end
      //# for kx in 0..K
      //# for a in 0..A
      //# for q in 0..Q
      acc_${kx}_${a}_0_${q} = fma(vec4f(x_${kx}_${a}.x), g_${q}, acc_${kx}_${a}_0_${q});
      acc_${kx}_${a}_1_${q} = fma(vec4f(x_${kx}_${a}.y), g_${q}, acc_${kx}_${a}_1_${q});
      acc_${kx}_${a}_2_${q} = fma(vec4f(x_${kx}_${a}.z), g_${q}, acc_${kx}_${a}_2_${q});
      acc_${kx}_${a}_3_${q} = fma(vec4f(x_${kx}_${a}.w), g_${q}, acc_${kx}_${a}_3_${q});
      //# end
      //# end
      //# end
      //# if S == 1
      //# for kx in 0..K-1
      //# for a in 0..A
      x_${kx}_${a} = x_${kx + 1}_${a};
      //# end
      //# end
      //# end
    }
  }

  let base = (split * ${K}u + ky) * ${K}u;
  //# for kx in 0..K
  //# for a in 0..A
  //# for j in 0..4
  if ((ci + ${a}u) * 4u + ${j}u < params.cin) {
    let slot = ((base + ${kx}u) * params.cin + (ci + ${a}u) * 4u + ${j}u) * params.cout4 + co;
    //# for q in 0..Q
    if (co + ${q}u < params.cout4) {
      partial[slot + ${q}u] = acc_${kx}_${a}_${j}_${q};
    }
    //# end
  }
  //# end
  //# end
  //# end
}
