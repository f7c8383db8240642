/* A libnvidia-ml.so.1 for machines without a GPU: card i draws 100 * (i + 1) W for ever.
 *
 * NVML_CARDS     how many cards (1)
 * NVML_COUNTER   0: no energy counter, as before Volta
 * NVML_POWER     0: no power sensor either
 * NVML_STAIRS_MS the counter moves only so often, as real ones do every 100 ms
 * NVML_RESET     a file: once it exists, the counter starts again from nothing, as after a driver reload
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { OK = 0, INVALID = 2, NOT_SUPPORTED = 3 };
static int cards[16];

static long setting(const char *name, long otherwise) {
    const char *text = getenv(name);
    return text ? atol(text) : otherwise;
}

static long milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int card(void *handle) { return (int)((int *)handle - cards); }

int nvmlInitWithFlags(unsigned flags) { (void)flags; return OK; }
int nvmlInit_v2(void) { return OK; }
int nvmlShutdown(void) { return OK; }
const char *nvmlErrorString(int code) { return code == NOT_SUPPORTED ? "Not Supported" : "error"; }

int nvmlDeviceGetCount_v2(unsigned *count) { *count = (unsigned)setting("NVML_CARDS", 1); return OK; }

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **handle) {
    if (index >= (unsigned)setting("NVML_CARDS", 1)) return INVALID;
    *handle = &cards[index];
    return OK;
}

int nvmlDeviceGetName(void *handle, char *name, unsigned length) {
    snprintf(name, length, "Stand-in %d", card(handle));
    return OK;
}

int nvmlDeviceGetUUID(void *handle, char *uuid, unsigned length) {
    snprintf(uuid, length, "GPU-%08d-aaaa", card(handle));
    return OK;
}

int nvmlDeviceGetTotalEnergyConsumption(void *handle, unsigned long long *millijoules) {
    if (!setting("NVML_COUNTER", 1)) return NOT_SUPPORTED;
    long now = milliseconds(), stairs = setting("NVML_STAIRS_MS", 1);
    const char *reset = getenv("NVML_RESET");
    now -= now % stairs;
    if (reset && access(reset, F_OK) == 0) now = 0;
    *millijoules = (unsigned long long)now * 100 * (unsigned)(card(handle) + 1);
    return OK;
}

int nvmlDeviceGetPowerUsage(void *handle, unsigned *milliwatts) {
    if (!setting("NVML_POWER", 1)) return NOT_SUPPORTED;
    *milliwatts = 100000u * (unsigned)(card(handle) + 1);
    return OK;
}

int nvmlDeviceGetEnforcedPowerLimit(void *handle, unsigned *milliwatts) { (void)handle; *milliwatts = 300000; return OK; }

int nvmlDeviceGetMemoryInfo(void *handle, unsigned long long *memory) {
    (void)handle;
    memory[0] = 16ull << 30, memory[1] = 15ull << 30, memory[2] = 1ull << 30;
    return OK;
}

int nvmlDeviceGetTemperature(void *handle, int sensor, unsigned *degrees) {
    (void)handle, (void)sensor;
    *degrees = 45;
    return OK;
}

int nvmlDeviceGetUtilizationRates(void *handle, unsigned *rates) {
    (void)handle;
    rates[0] = rates[1] = 50;
    return OK;
}

int nvmlDeviceGetComputeMode(void *handle, int *mode) { (void)handle; *mode = 0; return OK; }
int nvmlDeviceGetComputeRunningProcesses_v3(void *h, unsigned *n, void *p) { (void)h, (void)p; *n = 0; return OK; }
int nvmlDeviceGetGraphicsRunningProcesses_v3(void *h, unsigned *n, void *p) { (void)h, (void)p; *n = 0; return OK; }
