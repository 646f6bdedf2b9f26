/* Problem A solved as fast as one core can: eight scenarios side by side in a vector, closed-form blocks.
 *
 * One unknown a layer and region, the logarithm of the processing margin; up the chain margins give prices,
 * prices landed costs and shares; down the chain demand gives use. Newton on log(use / output), its Jacobian in
 * prices block tridiagonal, eliminated without pivoting. Steps are scaled so that no margin moves by more than e.
 * The lanes of a vector are scenarios; no library is called. Layouts are those of market_problem.py.
 */
#include <stdint.h>

#define K 4
#define R 12
#define LANES 8

typedef double v8 __attribute__((vector_size(8 * LANES)));
typedef int64_t i8 __attribute__((vector_size(8 * LANES)));

static inline v8 all(double x) { return x - (v8){0}; }
static inline v8 choose(i8 mask, v8 a, v8 b) { return (v8)((mask & (i8)a) | (~mask & (i8)b)); }
static inline v8 smaller(v8 a, v8 b) { return choose(a < b, a, b); }
static inline v8 larger(v8 a, v8 b) { return choose(a > b, a, b); }

/* e^x for |x| < 700: x = n log 2 + r, a Taylor polynomial in r. */
static inline v8 exponential(v8 x)
{
    const double shift = 0x1.8p52;
    v8 t = x * 0x1.71547652b82fep0 + shift, n = t - shift;
    v8 r = x - n * 0x1.62e42fefa0000p-1 - n * 0x1.cf79abc9e3b3ap-40;
    v8 s = r * r, q = s * s;
    v8 a = 1.0 + r, b = 1.0 / 2 + r * (1.0 / 6), c = 1.0 / 24 + r * (1.0 / 120);
    v8 d = 1.0 / 720 + r * (1.0 / 5040), e = 1.0 / 40320 + r * (1.0 / 362880);
    v8 f = 1.0 / 3628800 + r * (1.0 / 39916800) + s * (1.0 / 479001600);
    v8 p = (a + s * b) + q * ((c + s * d) + q * (e + s * f));
    return (v8)((i8)p + ((i8)t << 52));
}

/* log x for normal x > 0: x = 2^n m with m around 1, the series of atanh. */
static inline v8 logarithm(v8 x)
{
    i8 bits = (i8)x - 0x3fe6a09e667f3bcdLL;
    i8 whole = (bits >> 52);
    v8 m = (v8)((i8)x - (whole << 52));
    v8 n = (v8)(whole + 0x4338000000000000LL) - 0x1.8p52;
    v8 s = (m - 1.0) / (m + 1.0), z = s * s, y = z * z;
    v8 p = (2.0 / 3 + z * (2.0 / 5)) + y * ((2.0 / 7 + z * (2.0 / 9))
         + y * ((2.0 / 11 + z * (2.0 / 13)) + y * ((2.0 / 15 + z * (2.0 / 17)) + y * (2.0 / 19 + z * (2.0 / 21)))));
    return n * 0x1.62e42fefa39efp-1 + s * (2.0 + z * p);
}

struct world {                                       /* of the world: the same in every lane */
    const double *reference, *eta, *alpha, *conversion, *epsilon, *price;             /* KR */
    const double *weights, *freight, *export_tax, *tariff, *levied;                   /* KOR */
};

struct lanes {                                       /* of the scenarios, and what is worked out */
    v8 demand[K][R], log_scale[K][R], capacity[K][R], sigma[K], floor[K][R];
    v8 margin[K][R], log_margin[K][R], price[K][R], average[K][R];
    v8 share[K][R][R], slope[K][R][R], pull[K][R][R];                                 /* origin, region */
    v8 output[K][R], rise[K][R], use[K][R], use_rise[K][R], gap[K][R];
    v8 block[K][R][R], above[K][R][R], step[K][R];
};

/* Prices, shares and their slopes up the chain; slope is d average[s] / d price[r]. */
static void trade(const struct world *w, struct lanes *x)
{
    for (int k = 0; k < K; k++) {
        for (int r = 0; r < R; r++) {
            v8 cost = all(w->conversion[k * R + r]);
            if (k) cost += w->alpha[k * R + r] * x->average[k - 1][r];
            x->price[k][r] = x->margin[k][r] + cost;
        }
        for (int s = 0; s < R; s++) {
            v8 landed[R], marginal[R], total = all(0), average = all(0);
            for (int r = 0; r < R; r++) {
                int a = (k * R + r) * R + s;
                v8 border = x->price[k][r] * (1 + w->export_tax[a]) + w->freight[a];
                v8 short_of = larger(x->floor[k][s] - border, all(0));
                landed[r] = border * (1 + w->tariff[a]) + w->levied[a] * short_of;
                marginal[r] = (1 + w->export_tax[a])
                            * (1 + w->tariff[a] - choose(short_of > 0, all(w->levied[a]), all(0)));
                v8 term = w->weights[a] * exponential(-x->sigma[k] * logarithm(landed[r]));
                x->share[k][r][s] = term;
                total += term;
                average += term * landed[r];
            }
            v8 scale = 1.0 / total;
            average *= scale;
            x->average[k][s] = average;
            for (int r = 0; r < R; r++) {
                v8 share = x->share[k][r][s] * scale;
                v8 pull = x->sigma[k] * share * marginal[r] / landed[r];
                x->share[k][r][s] = share;
                x->pull[k][r][s] = pull;
                x->slope[k][r][s] = (1 - x->sigma[k]) * share * marginal[r] + pull * average;
            }
        }
    }
}

/* Output and use down the chain, and the largest gap between them in each lane. */
static v8 balance(const struct world *w, struct lanes *x)
{
    v8 worst = all(0);
    for (int k = K - 1; k >= 0; k--)
        for (int s = 0; s < R; s++) {
            int a = k * R + s;
            v8 wanted = exponential(x->log_scale[k][s] + w->epsilon[a] * x->log_margin[k][s]);
            x->output[k][s] = smaller(wanted, x->capacity[k][s]);
            x->rise[k][s] = choose(wanted < x->capacity[k][s], w->epsilon[a] / x->margin[k][s], all(0));
            v8 ratio = x->average[k][s] * (1 / w->reference[a]);
            v8 final = x->demand[k][s] * exponential(-w->eta[a] * logarithm(ratio));
            v8 falls = -w->eta[a] * final / x->average[k][s];
            if (k + 1 < K) {
                double alpha = w->alpha[a + R];
                final += alpha * x->output[k + 1][s];
                falls -= alpha * alpha * x->output[k + 1][s] * x->rise[k + 1][s];
            }
            x->use[k][s] = final;
            x->use_rise[k][s] = falls;
        }
    for (int k = 0; k < K; k++)
        for (int r = 0; r < R; r++) {
            v8 asked = all(0);
            for (int s = 0; s < R; s++) asked += x->share[k][r][s] * x->use[k][s];
            v8 ratio = asked / x->output[k][r];
            x->gap[k][r] = ratio;
            worst = larger(worst, larger(ratio - 1.0, 1.0 - ratio));
        }
    return worst;
}

/* One block row of the Jacobian of log(use / output) in prices: its own layer and the layer above. */
static void blocks(const struct world *w, struct lanes *x, int k)
{
    v8 turn[R][R];
    for (int j = 0; j < R; j++)
        for (int s = 0; s < R; s++)
            turn[j][s] = x->pull[k][j][s] * x->use[k][s] + x->use_rise[k][s] * x->slope[k][j][s];
    for (int r = 0; r < R; r++) {
        v8 each = 1.0 / (x->gap[k][r] * x->output[k][r]), own = all(0);
        for (int s = 0; s < R; s++) own += x->pull[k][r][s] * x->use[k][s];
        for (int j = 0; j < R; j++) {
            v8 sum = all(0);
            for (int s = 0; s < R; s++) sum += x->share[k][r][s] * turn[j][s];
            x->block[k][r][j] = each * sum;
        }
        x->block[k][r][r] -= each * own + x->rise[k][r];
        if (k + 1 < K)
            for (int j = 0; j < R; j++)
                x->above[k][r][j] = each * x->share[k][r][j] * w->alpha[(k + 1) * R + j]
                                  * x->output[k + 1][j] * x->rise[k + 1][j];
        x->step[k][r] = -logarithm(x->gap[k][r]);
    }
}

/* Solve one block for the step and for the layer above, in place, without pivoting. */
static void eliminate(v8 d[R][R], v8 above[R][R], v8 step[R], int columns)
{
    for (int p = 0; p < R; p++) {
        v8 pivot = 1.0 / d[p][p];
        for (int j = p + 1; j < R; j++) d[p][j] *= pivot;
        for (int j = 0; j < columns; j++) above[p][j] *= pivot;
        step[p] *= pivot;
        for (int r = p + 1; r < R; r++) {
            v8 factor = d[r][p];
            for (int j = p + 1; j < R; j++) d[r][j] -= factor * d[p][j];
            for (int j = 0; j < columns; j++) above[r][j] -= factor * above[p][j];
            step[r] -= factor * step[p];
        }
    }
    for (int p = R - 1; p > 0; p--)
        for (int r = 0; r < p; r++) {
            v8 factor = d[r][p];
            for (int j = 0; j < columns; j++) above[r][j] -= factor * above[p][j];
            step[r] -= factor * step[p];
        }
}

/* Newton's step in prices, turned into one in log margins, of at most `limit`, and taken. */
static void move(const struct world *w, struct lanes *x, double limit)
{
    for (int k = 0; k < K; k++) {
        blocks(w, x, k);
        for (int r = 0; k && r < R; r++) {
            v8 below[R], falls = x->rise[k][r] * w->alpha[k * R + r], carried = all(0);
            for (int j = 0; j < R; j++) below[j] = falls * x->slope[k - 1][j][r];
            for (int j = 0; j < R; j++) carried += below[j] * x->step[k - 1][j];
            x->step[k][r] -= carried;
            for (int j = 0; j < R; j++) {
                v8 sum = x->block[k][r][j];
                for (int i = 0; i < R; i++) sum -= below[i] * x->above[k - 1][i][j];
                x->block[k][r][j] = sum;
            }
        }
        eliminate(x->block[k], x->above[k], x->step[k], k + 1 < K ? R : 0);
    }
    for (int k = K - 2; k >= 0; k--)
        for (int r = 0; r < R; r++)
            for (int j = 0; j < R; j++) x->step[k][r] -= x->above[k][r][j] * x->step[k + 1][j];
    v8 longest = all(limit), change[K][R];
    for (int k = 0; k < K; k++)
        for (int r = 0; r < R; r++) {
            v8 moved = x->step[k][r];
            for (int j = 0; k && j < R; j++)
                moved -= w->alpha[k * R + r] * x->slope[k - 1][j][r] * x->step[k - 1][j];
            change[k][r] = moved / x->margin[k][r];
            longest = larger(longest, larger(change[k][r], -change[k][r]));
        }
    for (int k = 0; k < K; k++)
        for (int r = 0; r < R; r++) {
            x->log_margin[k][r] += change[k][r] * (limit / longest);
            x->margin[k][r] = exponential(x->log_margin[k][r]);
        }
}

static void load(struct lanes *x, int l, const double *demand, const double *scale, const double *capacity,
                 const double *sigma, const double *floor)
{
    for (int k = 0; k < K; k++) {
        x->sigma[k][l] = sigma[k];
        for (int r = 0; r < R; r++) {
            int a = k * R + r;
            x->demand[k][r][l] = demand[a];
            x->log_scale[k][r][l] = scale[a];
            x->capacity[k][r][l] = capacity[a];
            x->floor[k][r][l] = floor[a];
        }
    }
}

/* Start every lane at the prices of the base year. */
static void start(const struct world *w, struct lanes *x)
{
    for (int k = 0; k < K; k++)
        for (int r = 0; r < R; r++) {
            int a = k * R + r;
            x->log_scale[k][r] = logarithm(x->log_scale[k][r]);
            double below = k ? w->reference[a - R] : 0;
            x->margin[k][r] = all(w->price[a] - w->conversion[a] - w->alpha[a] * below);
            x->log_margin[k][r] = logarithm(x->margin[k][r]);
        }
}

/* Solve `count` scenarios (a multiple of the lanes); price and gap come back, and Newton steps by eights. */
void market_floor(long count, double tolerance, int most, const struct world *w, const double *demand,
                  const double *scale, const double *capacity, const double *sigma, const double *floor,
                  double *price, double *gap, int *steps)
{
    static _Thread_local struct lanes x;
    for (long first = 0; first < count; first += LANES) {
        for (int l = 0; l < LANES; l++) {
            long a = (first + l) * K * R;
            load(&x, l, demand + a, scale + a, capacity + a, sigma + (first + l) * K, floor + a);
        }
        start(w, &x);
        v8 worst = all(1);
        int taken = 0;
        for (;; taken++) {
            trade(w, &x);
            worst = balance(w, &x);
            int open = 0;
            for (int l = 0; l < LANES; l++) open |= !(worst[l] <= tolerance);
            if (!open || taken == most) break;
            move(w, &x, taken < 12 ? 1.0 : taken < 24 ? 0.3 : 0.1); /* shorter where steps go in a circle */
        }
        steps[first / LANES] = taken;
        for (int l = 0; l < LANES; l++) {
            gap[first + l] = worst[l];
            for (int k = 0; k < K; k++)
                for (int r = 0; r < R; r++) price[((first + l) * K + k) * R + r] = x.price[k][r][l];
        }
    }
}
