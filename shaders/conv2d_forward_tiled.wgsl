// 2-D convolution as an implicit matrix product with tiles in workgroup memory; for real GPUs.
// A workgroup of T threads makes BM pixels times BN vec4s of output channels; each thread has every
// BM/TM-th pixel and every BN/TN-th vec4, so that neighbours touch neighbouring memory banks. A step
// of the inner dimension is one kernel row of BC vec4s of input channels; while a step is multiplied
// the next one is on its way into registers, and two tiles take turns: one barrier a step. Each output
// is one chain of fma() over (ky, channel vec4, kx, channel), as in conv2d_forward_direct: tiles of
// every size and that kernel give equal bits.
// Formula: y[b,oy,ox,co] = Σ_{ky,kx,ci} x[b, oy*S+ky-before_y, ox*S+kx-before_x, ci] * w[ky,kx,ci,co].
//          TURNED: weight[K-1-ky,K-1-kx,co,ci] in place of w[ky,kx,ci,co], for the input gradient.
// Shapes: x [n,h,w,cin4] vec4, weight [K,K,cin,cout4] or TURNED [K,K,cout,cin4] vec4,
//         y [n,oh,ow,cout4] vec4.
// Grid: x,y: tiles of BM pixels (folded), z: tiles of BN output vec4s.
// Template: BM, BN, BC, TM, TN, T as above, K kernel side, S stride, TURNED 0 or 1.
// Reference: engine/reference/conv2d.ts

var<workgroup> x_tile: array<vec4f, ${2 * BM * K * BC}>;
var<workgroup> w_tile: array<vec4f, ${2 * 4 * K * BC * BN}>;
// First row of the image, and row and column of the window's corner, of each pixel of the tile.
var<workgroup> corners: array<vec3i, ${BM}>;

// Vec4 `slot` of the step's inputs: pixel by pixel, then column by column, then channel by channel.
fn load_x(slot: u32, ky: u32, c: u32) -> vec4f {
  let entry = slot / ${BM}u;
  let corner = corners[slot % ${BM}u];
  let channel = c + entry / ${K}u;
  let iy = corner.y + i32(ky);
  let ix = corner.z + i32(entry % ${K}u);
  let inside = channel < params.cin4 && iy >= 0 && ix >= 0 && iy < i32(params.h) &&
    ix < i32(params.w);
  let at = (u32(corner.x + iy) * params.w + u32(ix)) * params.cin4 + channel;
  return select(vec4f(0), x[select(0u, at, inside)], inside);
}

// Weights of output vec4 `co` for vec4 `entry` of the step's inputs, one row an input channel.
fn load_w(entry: u32, co: u32, ky: u32, c: u32) -> mat4x4f {
  let kx = entry % ${K}u;
  let channel = c + entry / ${K}u;
  var block = mat4x4f();
  //# if TURNED == 0
  let first = ((ky * ${K}u + kx) * params.cin + channel * 4u) * params.cout4 + co;
  //# for j in 0..4
  {
    let inside = channel * 4u + ${j}u < params.cin && co < params.cout4;
    block[${j}] = select(vec4f(0), weight[select(0u, first + ${j}u * params.cout4, inside)], inside);
  }
  //# end
  return block;
  //# end
  //# if TURNED == 1
  let tap = ${K * K - 1}u - ky * ${K}u - kx;
  let first = (tap * params.cout + co * 4u) * params.cin4 + channel;
  //# for j in 0..4
  {
    let inside = co * 4u + ${j}u < params.cout && channel < params.cin4;
    block[${j}] = select(vec4f(0), weight[select(0u, first + ${j}u * params.cin4, inside)], inside);
  }
  //# end
  return transpose(block);
  //# end
}

@compute @workgroup_size(${T})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let pixels = params.n * params.oh * params.ow;
  let first = flat_group(group, groups) * ${BM}u;
  let co_first = group.z * ${BN}u;
  let row = lane / ${BN / TN}u;
  let column = lane % ${BN / TN}u;

  for (var i = lane; i < ${BM}u; i += ${T}u) {
    let pixel = first + i;
    let b = pixel / (params.oh * params.ow);
    let oy = (pixel / params.ow) % params.oh;
    let ox = pixel % params.ow;
    let corner = vec3i(
      i32(b * params.h),
      i32(oy * ${S}u) - params.before_y,
      i32(ox * ${S}u) - params.before_x,
    );
    // Behind the last pixel all rows lie outside the image.
    corners[i] = select(vec3i(0, -65536, 0), corner, pixel < pixels);
  }
  workgroupBarrier();

  //# for i in 0..(BM*K*BC+T-1)/T
  var x_next_${i} = load_x(lane + ${i * T}u, 0u, 0u);
  //# end
  //# for i in 0..(K*BC*BN+T-1)/T
  var w_next_${i} = load_w((lane + ${i * T}u) / ${BN}u, co_first + (lane + ${i * T}u) % ${BN}u, 0u, 0u);
  //# end
  //# for p in 0..TM
  //# for q in 0..TN
  var acc_${p}_${q} = vec4f(0);
  //# end
  //# end
  var ky = 0u;
  var c = 0u;
  let steps = ${K}u * ((params.cin4 + ${BC - 1}u) / ${BC}u);
  for (var step = 0u; step < steps; step++) {
    let x_base = step % 2u * ${BM * K * BC}u;
    let w_base = step % 2u * ${4 * K * BC * BN}u;
    //# for i in 0..(BM*K*BC+T-1)/T
    if (lane + ${i * T}u < ${BM * K * BC}u) {
      x_tile[x_base + lane + ${i * T}u] = x_next_${i};
    }
    //# end
    //# for i in 0..(K*BC*BN+T-1)/T
    if (lane + ${i * T}u < ${K * BC * BN}u) {
      let slot = lane + ${i * T}u;
      let place = w_base + slot / ${BN}u * ${4 * BN}u + slot % ${BN}u;
      //# for j in 0..4
      w_tile[place + ${j * BN}u] = w_next_${i}[${j}];
      //# end
    }
    //# end
    // Whoever is a step behind still reads the other pair of tiles.
    workgroupBarrier();
    c += ${BC}u;
    if (c >= params.cin4) {
      c = 0u;
      ky++;
    }
    if (step + 1u < steps) {
      //# for i in 0..(BM*K*BC+T-1)/T
      x_next_${i} = load_x(lane + ${i * T}u, ky, c);
      //# end
      //# for i in 0..(K*BC*BN+T-1)/T
      w_next_${i} = load_w((lane + ${i * T}u) / ${BN}u, co_first + (lane + ${i * T}u) % ${BN}u, ky, c);
      //# end
    }
    let x_at = x_base + row;
    let w_at = w_base + column;
    //# for e in 0..K*BC
    {
      //# for p in 0..TM
      let x_${p} = x_tile[x_at + ${e * BM + p * (BM / TM)}u];
      //# end
      //# for j in 0..4
      //# for q in 0..TN
      let w_${j}_${q} = w_tile[w_at + ${(e * 4 + j) * BN + q * (BN / TN)}u];
      //# for p in 0..TM
      acc_${p}_${q} = fma(vec4f(x_${p}[${j}]), w_${j}_${q}, acc_${p}_${q});
      //# end
      //# end
      //# end
    }
    //# end
  }

  //# for p in 0..TM
  {
    let pixel = first + row + ${p * (BM / TM)}u;
    //# for q in 0..TN
    {
      let co = co_first + column + ${q * (BN / TN)}u;
      if (pixel < pixels && co < params.cout4) {
        y[pixel * params.cout4 + co] = acc_${p}_${q};
      }
    }
    //# end
  }
  //# end
}
