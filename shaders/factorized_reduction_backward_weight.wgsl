// Weight gradients of the factorised reduction: one thread sums 4*A input channels times 4*Q output
// channels of one half over one of `splits` ranges of output rows.
// Formula: partial[split,s,ci,k] = Σ_{rows of split, ox} x[b, 2*oy+s, 2*ox+s, ci] * dy[b,oy,ox,first_s+k],
//          first_0 = 0, first_1 = ca / 4 rounded down; k counts vec4s of output channels.
// Shapes: x [n,h,w,cin4] vec4, dy [n,oh,ow,c4] vec4, partial [splits,2,cin,blocks] vec4.
// Grid: one thread for each (split, s, block of A, block of Q); workgroups of 8.
// Template: A vec4s of input channels, Q vec4s of output channels.
// Reference: engine/reference/factorized_reduction.ts (backward)

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 8u + lane;
  let co_blocks = (params.blocks + ${Q - 1}u) / ${Q}u;
  let ci_blocks = (params.cin4 + ${A - 1}u) / ${A}u;
  let split = index / (co_blocks * ci_blocks * 2u);
  if (split >= params.splits) {
    return;
  }
  let k = (index % co_blocks) * ${Q}u;
  let ci = (index / co_blocks % ci_blocks) * ${A}u;
  let s = (index / (co_blocks * ci_blocks)) % 2u;
  let co = k + select(0u, params.ca / 4u, s == 1u);
  let start = split * params.rows_per_split;
  let end = min(start + params.rows_per_split, params.n * params.oh);
  // Of an odd width the last output has no odd pixel.
  let columns = (params.w + 1u - s) / 2u;

  //# for a in 0..A
  //# for j in 0..4
  //# for q in 0..Q
  var acc_${a}_${j}_${q} = vec4f(0);
  //# end
  //# end
  //# end
  for (var r = start; r < end; r++) {
    let iy = 2u * (r % params.oh) + s;
    if (iy >= params.h) {
      continue;
    }
    let row = ((r / params.oh) * params.h + iy) * params.w + s;
    for (var ox = 0u; ox < columns; ox++) {
      let pixel = (row + 2u * ox) * params.cin4;
      //# for a in 0..A
      let x_${a} = x[pixel + min(ci + ${a}u, params.cin4 - 1u)];
      //# end
      let target_pixel = (r * params.ow + ox) * params.c4;
      //# for q in 0..Q
      let g_${q} = dy[target_pixel + min(co + ${q}u, params.c4 - 1u)];
      //# end
      //# for a in 0..A
      //# for q in 0..Q
      acc_${a}_0_${q} += x_${a}.x * g_${q};
      acc_${a}_1_${q} += x_${a}.y * g_${q};
      acc_${a}_2_${q} += x_${a}.z * g_${q};
      acc_${a}_3_${q} += x_${a}.w * g_${q};
      //# end
      //# end
    }
  }

  //# for a in 0..A
  //# for j in 0..4
  if ((ci + ${a}u) * 4u + ${j}u < params.cin) {
    let slot = ((split * 2u + s) * params.cin + (ci + ${a}u) * 4u + ${j}u) * params.blocks + k;
    //# for q in 0..Q
    if (k + ${q}u < params.blocks) {
      partial[slot + ${q}u] = acc_${a}_${j}_${q};
    }
    //# end
  }
  //# end
  //# end
}
