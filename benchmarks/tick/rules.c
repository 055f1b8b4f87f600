/* DRS's rules between VMs. */

static bool breaks_between(const Vms *vms, int64_t v, int64_t u, bool is_with) {
    if (u == v || vms->state[u] != VM_STATE_RUNNING) return false;
    if (is_with) return vms->apart_group[v] != NO_GROUP && vms->apart_group[u] == vms->apart_group[v];
    return vms->together_group[v] != NO_GROUP && vms->together_group[u] == vms->together_group[v];
}

static bool breaks_rule(const Vms *vms, int64_t v) {
    const bool has_rule = vms->apart_group[v] != NO_GROUP || vms->together_group[v] != NO_GROUP;
    if (!has_rule || vms->state[v] != VM_STATE_RUNNING) return false;
    for each(u, vms->n) {
        if (breaks_between(vms, v, u, vms->host[u] == vms->host[v])) return true;
    }
    return false;
}

static int64_t violations(const Vms *vms) {
    int64_t count = 0;
    for each(v, vms->n) count += breaks_rule(vms, v);
    return count;
}
